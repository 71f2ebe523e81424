import { createHash, randomBytes, X509Certificate } from "node:crypto";
import { parse } from "yaml";
import { systemNamespace } from "../../../components/common/addOnNamespaces.js";
import { answerOf } from "../../kit/until.js";
import { sealingKeyLabel } from "../../../components/secrets/sealingKeys.js";
import { failed, judged, unchecked, type Claim, type Finding } from "../claim.js";
import type { SealedSecret } from "../cluster/kinds.js";
import {
  conditionOf,
  create,
  list,
  namespacedName,
  read,
  remove,
  type Condition,
} from "../cluster/objects.js";
import { pairOf, type KeySecret } from "../checks/secrets/keyPair.js";
import { renewal } from "../checks/secrets/renewal.js";
import { NoKubeseal, seal } from "../checks/secrets/seal.js";
import type { Target } from "../cluster/target.js";

/** Claims about sealing keys, for the page's row "Secrets in Git". */
export const sealingClaims: Claim[] = [
  {
    claim: "What is in Git can be opened by a new cluster: the stack's state holds every active sealing key",
    check: heldKeys,
  },
  { claim: "The controller makes no further key: --key-renew-period is 0", check: renewal },
  {
    claim: "backstage-db, sealed with kubeseal and the stack's certificate, is decrypted by the controller",
    check: unsealing,
  },
];

/** The namespace of the controller, the only one it reads keys from. */
const namespace = systemNamespace;
const secretsPath = `/api/v1/namespaces/${namespace}/secrets`;
/** A key of that name is used without the label: the prefix of all names, from before keys were many. */
const unlabelled = "sealed-secrets-key";

/** How to make the state's keys known to these checks. */
const howToGiveCertificates =
  "the state's sealing certificates are not known here; give them by --sealing-certificates FILE, " +
  "the stack's output sealingCertificates";

async function heldKeys(target: Target): Promise<Finding> {
  const held = heldCertificates(target);
  if (!held) return unchecked(howToGiveCertificates);
  const selector = encodeURIComponent(`${sealingKeyLabel}=active`);
  const keys = (await list<KeySecret>(target.api, `${secretsPath}?labelSelector=${selector}`)) ?? [];
  const old = await read<KeySecret>(target.api, `${secretsPath}/${unlabelled}`);
  const labelled = keys.some(({ metadata }) => metadata.name === unlabelled);
  return sealingKeysFinding(old && !labelled ? [...keys, old] : keys, held);
}

/** The state's certificates, one for each PEM block; undefined where they were not given. */
function heldCertificates({ sealingCertificates }: Target): X509Certificate[] | undefined {
  return sealingCertificates
    ?.flatMap((text) => text.match(/-----BEGIN CERTIFICATE-----[^]+?-----END CERTIFICATE-----/g) ?? [])
    .map((pem) => new X509Certificate(pem));
}

/** Compares the keys the cluster seals and unseals with against those of the state. */
export function sealingKeysFinding(secrets: KeySecret[], held: X509Certificate[]): Finding {
  if (secrets.length === 0) {
    return failed(
      `${namespace} has no active sealing key; a controller that starts there makes one of its own`,
    );
  }
  const inState = new Set(held.map(publicKeyOf));
  const inCluster = new Set<string>();
  const problems: string[] = [];
  for (const secret of secrets) {
    const pair = pairOf(secret);
    if (typeof pair === "string") {
      problems.push(`${namespacedName(secret)} is no sealing key and is used as one: ${pair}`);
    } else if (inState.has(publicKeyOf(pair))) {
      inCluster.add(publicKeyOf(pair));
    } else {
      problems.push(
        `${namespacedName(secret)} (${fingerprintOf(pair)}) is not in the state: what is sealed with it is lost with the ` +
          "cluster; give it to the stack as a key of secrets.sealingKeys, or, once nothing in Git needs it, delete it " +
          "and restart the controller",
      );
    }
  }
  for (const certificate of held) {
    if (!inCluster.has(publicKeyOf(certificate))) {
      problems.push(
        `the state's key ${fingerprintOf(certificate)} is not active in ${namespace}; run pulumi up --refresh`,
      );
    }
  }
  const count = secrets.length === 1 ? "the one active key is" : `all ${secrets.length} active keys are`;
  return judged(problems, `${count} in the state: ${secrets.map(namespacedName).sort().join(", ")}`);
}

/** The public key is what counts; a certificate may be made anew for it. */
function publicKeyOf(certificate: X509Certificate): string {
  const spki = certificate.publicKey.export({ type: "spki", format: "der" });
  return createHash("sha256").update(spki).digest("hex");
}

/** How a message names a certificate: the beginning of its SHA-256 fingerprint, as openssl prints it. */
const fingerprintOf = (certificate: X509Certificate): string =>
  `SHA-256 ${certificate.fingerprint256.slice(0, 23)}…`;

const sealedSecrets = "/apis/bitnami.com/v1alpha1";

/** How long the controller may take for one SealedSecret, in seconds. */
const unsealSeconds = 20;

async function unsealing(target: Target): Promise<Finding> {
  const { api, controllerProblem, kubeseal = "kubeseal" } = target;
  if (controllerProblem !== undefined) return unchecked(`no controller runs: ${controllerProblem}`);
  const certificate = newest(heldCertificates(target) ?? []);
  if (!certificate) return unchecked(howToGiveCertificates);
  const secret = {
    name: "backstage-db",
    namespace: await target.scratch.namespace(),
    values: backstageValues(),
  };
  let sealed: string;
  try {
    sealed = await seal(kubeseal, certificate.toString(), secret);
  } catch (error) {
    if (!(error instanceof NoKubeseal)) throw error;
    return unchecked(`${error.message}; install it from https://github.com/bitnami/sealed-secrets/releases`);
  }
  const leaked = Object.keys(secret.values).filter((key) => sealed.includes(secret.values[key]!));
  if (leaked.length > 0) return failed(`kubeseal left ${leaked.join(", ")} in plain`);

  const collection = `${sealedSecrets}/namespaces/${secret.namespace}/sealedsecrets`;
  await create(api, collection, parse(sealed) as object);
  try {
    const problem = await waitUntilUnsealed(target, `${collection}/${secret.name}`);
    if (problem !== undefined) {
      return target.simulatedPods && problem === untouched
        ? unchecked(
            `${problem}; no pod really runs on this cluster, and no controller was started in its place`,
          )
        : failed(problem);
    }
    const path = `/api/v1/namespaces/${secret.namespace}/secrets/${secret.name}`;
    const found = await read<KeySecret>(api, path);
    const wrong = differingKeys(secret.values, decoded(found?.data ?? {}));
    return judged(
      wrong.map((key) => `${key} of the unsealed Secret is not what was sealed`),
      `sealed for ${fingerprintOf(certificate)}, unsealed with all ${Object.keys(secret.values).length} values as they were` +
        (target.standInRights === undefined
          ? ""
          : `, under stand-in rights: those of ${target.standInRights}, not the chart's`),
    );
  } finally {
    await remove(api, `${collection}/${secret.name}`);
  }
}

const untouched = `the controller did not look at the SealedSecret within ${unsealSeconds} s`;

/** Undefined once it is unsealed, else what the controller says. */
async function waitUntilUnsealed({ api }: Target, path: string): Promise<string | undefined> {
  let synced: Condition | undefined;
  const look = async () => {
    synced = conditionOf((await read<SealedSecret>(api, path)) ?? {}, "Synced");
    return synced?.status === "True";
  };
  if (await answerOf(look, { seconds: unsealSeconds, pause: 200 })) return undefined;
  return synced ? `the controller could not unseal it: ${synced.message}` : untouched;
}

/** Values for the five keys of Backstage's database Secret, which nobody can guess. */
function backstageValues(): Record<string, string> {
  const keys = ["POSTGRES_HOST", "POSTGRES_PORT", "POSTGRES_USER", "POSTGRES_PASSWORD", "BACKEND_SECRET"];
  return Object.fromEntries(keys.map((key) => [key, randomBytes(24).toString("hex")]));
}

/** The controller seals and unseals; this is the one it seals with. */
function newest(certificates: X509Certificate[]): X509Certificate | undefined {
  const start = (certificate: X509Certificate) => Date.parse(certificate.validFrom);
  return certificates.reduce<X509Certificate | undefined>(
    (latest, certificate) => (latest && start(latest) > start(certificate) ? latest : certificate),
    undefined,
  );
}

function decoded(data: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(data).map(([key, value]) => [key, Buffer.from(value, "base64").toString("utf8")]),
  );
}

/** Names of the keys whose values differ or that only one side has, sorted; never a value. */
export function differingKeys(expected: Record<string, string>, found: Record<string, string>): string[] {
  return [...new Set([...Object.keys(expected), ...Object.keys(found)])]
    .filter((key) => expected[key] !== found[key])
    .sort();
}
