import { backups as backupSettings } from "../../stacks/settings/groups/backups.js";
import { settingsOf } from "../../stacks/settings/index.js";
import { isPlaceholder } from "../../stacks/settings/fields/placeholder.js";
import { stackConfig, stacksIn } from "../kit/stacks.js";

type Shared = [what: string, value: string];

const defaultBucket = backupSettings.shape.bucket.parse(undefined);

/** What two clusters never share, as the settings have it. */
function ownedBy(settings: any): Shared[] {
  const { cluster, backups, gateway, registry } = settings ?? {};
  const nodes: any[] = Array.isArray(cluster?.nodes) ? cluster.nodes : [];
  const oci = backups?.oci;
  const hosts: any[] = Array.isArray(gateway?.hosts) ? gateway.hosts : [];
  const owned: [string, unknown][] = [
    ["cluster.name", cluster?.name],
    // Alone an address may be that of another home's network.
    ...nodes.map(({ name, address }): [string, unknown] => [
      "a node",
      name && address && `${name} ${address}`,
    ]),
    // A name leads to one cluster.
    ["registry.hostname", registry?.hostname],
    ...hosts.map((host): [string, unknown] => ["gateway.hosts[].name", host?.name]),
    // In files where an OCID is still to come, both tenancies have the same words.
    [
      "the bucket",
      oci?.tenancyId &&
        !isPlaceholder(String(oci.tenancyId)) &&
        [oci.tenancyId, oci.region, backups.bucket ?? defaultBucket].join(" "),
    ],
  ];
  return owned.filter((entry): entry is Shared => typeof entry[1] === "string");
}

/** What two clusters may share, and a copy has without anybody having meant it. */
function broughtAlong(settings: any): Shared[] {
  const { access, backups, certificates } = settings ?? {};
  const list = (value: any, key = ""): unknown[] =>
    Array.isArray(value) ? value.map((one) => (key ? one?.[key] : one) as unknown) : [];
  const { applications } = access?.argocd ?? {};
  const named: [string, unknown[]][] = [
    ["certificates.zone", [certificates?.zone]],
    ["certificates.acme.email", [certificates?.acme?.email]],
    ["access.argocd.applications[].repository", list(applications, "repository")],
    ["access.argocd.applications[].path", list(applications, "path")],
    ["access.admission.registries", list(access?.admission?.registries)],
    ["access.privileged[].namespace", list(access?.privileged, "namespace")],
    [
      "access.privileged[].namespaces",
      list(access?.privileged, "namespaces").flatMap((names) => list(names)),
    ],
    ...["volumes", "host"].map((part): [string, unknown[]] => [
      `backups.jobs.${part}.paths`,
      list(backups?.jobs?.[part]?.paths),
    ]),
  ];
  return named.flatMap(([what, values]) =>
    values.filter((value) => typeof value === "string").map((value): Shared => [what, value]),
  );
}

function read(root: string, stack: string): unknown {
  try {
    return settingsOf(stackConfig(root, stack));
  } catch {
    // The other file is judged when its own stack is planned.
    return undefined;
  }
}

/** Names of what both have. */
function inBoth(own: readonly Shared[], theirs: readonly Shared[]): string {
  const shared = own.filter(([what, value]) =>
    theirs.some((entry) => entry[0] === what && entry[1] === value),
  );
  return [...new Set(shared.map(([what]) => what))].join(", ");
}

/**
 * Notes on what a stack's file shares with another one, as a copy does until it is changed: both stacks would write to the
 * same cluster or bucket. Files that Git leaves out, *.local.yaml, are of no other environment.
 *
 * @param root Folder of the stacks' files.
 */
export function copiedNotes(root: string, stack: string): string[] {
  const own = read(root, stack);
  const others = stacksIn(root).filter((name) => name !== stack && ![name, stack].some(isLocal));
  return others.flatMap((other) => {
    const theirs = read(root, other);
    const names = inBoth(ownedBy(own), ownedBy(theirs));
    if (names === "") return [];
    const more = inBoth(broughtAlong(own), broughtAlong(theirs));
    return [
      `Pulumi.${stack}.yaml has ${names} of Pulumi.${other}.yaml: both stacks would change the same; a copied file needs values of its own.` +
        (more === "" ? "" : ` Look whether these are meant as well: ${more}.`),
    ];
  });
}

const isLocal = (stack: string): boolean => stack.endsWith(".local");
