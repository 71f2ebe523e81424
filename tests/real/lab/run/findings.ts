import { createHash } from "node:crypto";
import { kubectlWith } from "../../../../cli/lab/kubectl.js";
import type { Lab } from "../../../../cli/lab/lab.js";
import type { StateResource } from "../../../../cli/state/stackExport.js";
import { isExportedSecret } from "../../../../cli/plan/providers/values.js";

/** What a state and a cluster hold. */
export interface Findings {
  /** Every resource in the state. */
  urns: string[];
  /** Every object in the cluster that resources of the program own, and every release. */
  owned: string[];
  /** Every object in the cluster, but for those that come and go by themselves. */
  objects: string[];
}

/** Hash of every value that was generated, by where in the state it is, and of every Secret's in the cluster. */
export type SecretHashes = Record<string, string>;

export async function findingsIn(lab: Lab): Promise<Findings> {
  const owned = [
    ...(await lab.leftovers()).map(({ kind, namespace, name }) => nameOf(kind, namespace, name)),
    ...(await lab.recorded()).map(({ namespace, name }) => `recorded release ${namespace} ${name}`),
  ];
  return {
    urns: (await lab.resources()).map(({ urn }) => urn).sort(),
    owned: unique(owned),
    objects: await objectsIn(lab),
  };
}

export async function secretHashesIn(lab: Lab): Promise<SecretHashes> {
  return { ...hashesOf(await lab.resources()), ...(await secretsInCluster(lab)) };
}

/** What draws values at random, or is given them by a cloud. Every other secret is made of theirs. */
export function generatorsAmong(resources: readonly StateResource[]): StateResource[] {
  return resources.filter(({ type }) => /^(random|tls|oci|cloudflare):/.test(type));
}

export function hashesOf(resources: readonly StateResource[]): SecretHashes {
  const hashes = generatorsAmong(resources).flatMap((resource) =>
    secretTexts(resource).map(({ path, text }) => [`${resource.urn} ${path}`, hash(text)] as const),
  );
  return Object.fromEntries(hashes);
}

export interface SecretText {
  /** Path of the property in the resource's outputs. */
  path: string;
  text: string;
}

/** Every text among a resource's outputs that is secret. */
export function secretTexts({ outputs }: StateResource): SecretText[] {
  const found: SecretText[] = [];
  const visit = (value: unknown, path: string, secret: boolean): void => {
    if (typeof value === "string" && secret) found.push({ path, text: value });
    if (typeof value !== "object" || value === null) return;
    if (isExportedSecret(value)) visit(JSON.parse(value.plaintext), path, true);
    else {
      for (const [key, inner] of Object.entries(value)) visit(inner, path ? `${path}.${key}` : key, secret);
    }
  };
  visit(outputs, "", false);
  return found;
}

/** Where a value is another than before, or gone. */
export function changedSecrets(before: SecretHashes, after: SecretHashes): string[] {
  return Object.keys(before).filter((place) => before[place] !== after[place]);
}

/** Kinds that controllers or a server make of their own accord, under names of their own. */
const passing = [
  ...["bindings", "componentstatuses", "controllerrevisions.apps", "csinodes.storage.k8s.io", "endpoints"],
  ...["endpointslices.discovery.k8s.io", "events", "events.events.k8s.io", "ipaddresses.networking.k8s.io"],
  ...["leases.coordination.k8s.io", "persistentvolumeclaims", "pods", "replicasets.apps"],
];

async function objectsIn(lab: Lab): Promise<string[]> {
  const kinds = (await kubectl(lab, "api-resources", "--verbs=list", "--output=name"))
    .trim()
    .split("\n")
    .filter((kind) => !passing.includes(kind));
  const columns = "custom-columns=:.kind,:.metadata.namespace,:.metadata.name";
  const lines = await kubectl(
    ...([lab, "get", kinds.join(","), "--all-namespaces"] as const),
    ...["--no-headers", `--output=${columns}`, "--ignore-not-found"],
  );
  return unique(
    lines
      .trim()
      .split("\n")
      .map((line) => line.trim().split(/\s+/) as [string, string, string])
      .map(([kind, namespace, name]) => nameOf(kind, namespace === "<none>" ? undefined : namespace, name)),
  );
}

/** Secrets of the cluster. Helm's own are notes of releases, of which an upgrade makes another. */
async function secretsInCluster(lab: Lab): Promise<SecretHashes> {
  const { items } = JSON.parse(await kubectl(lab, "get", "secrets", "--all-namespaces", "--output=json")) as {
    items: { type: string; metadata: { namespace: string; name: string }; data?: Record<string, string> }[];
  };
  return Object.fromEntries(
    items
      .filter(({ type }) => !type.startsWith("helm.sh/"))
      .flatMap(({ metadata: { namespace, name }, data = {} }) =>
        Object.entries(data).map(([key, value]) => [`Secret ${namespace}/${name} ${key}`, hash(value)]),
      ),
  );
}

/** Helm numbers its notes of a release; that there is one is what counts. */
function nameOf(kind: string, namespace: string | undefined, name: string): string {
  return [kind, namespace, name.replace(/^(sh\.helm\.release\.v1\..*)\.v\d+$/, "$1")]
    .filter(Boolean)
    .join(" ");
}

function unique(names: string[]): string[] {
  return [...new Set(names)].sort();
}

function hash(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

function kubectl({ binaries, paths }: Lab, ...args: string[]): Promise<string> {
  return kubectlWith(binaries("kubectl"), paths.kubeconfig)(args);
}
