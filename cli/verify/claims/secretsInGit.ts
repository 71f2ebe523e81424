import { systemNamespace as namespace } from "../../../components/common/addOnNamespaces.js";
import { sealingKeyLabel } from "../../../components/secrets/sealingKeys.js";
import { failed, judged, proved, unchecked, type Concern, type Finding } from "../claim.js";
import type { SealedSecret } from "../cluster/kinds.js";
import { conditionOf, list, namespacedName, read, type KubeObject } from "../cluster/objects.js";
import { pairOf, type KeySecret } from "../checks/secrets/keyPair.js";
import { controller } from "../checks/secrets/renewal.js";
import type { Target } from "../cluster/target.js";
import { sealingClaims } from "./sealing.js";
import { missingRelease, needsRealPods, whileRunning, workloadsReady } from "../cluster/workloads.js";

/** The example of the page, and the keys it shows. */
export const example = {
  name: "backstage/backstage-db",
  keys: ["POSTGRES_HOST", "POSTGRES_USER", "POSTGRES_PASSWORD", "POSTGRES_PORT", "BACKEND_SECRET"],
};

export const secretsInGit: Concern = {
  concern: "Secrets in Git",
  mitigation: "Sealed Secrets (asymmetric encryption)",
  claims: [
    {
      claim: "The sealed-secrets-controller runs in kube-system",
      check: (target) => workloadsReady(target, "sealed-secrets", [controller]),
    },
    { claim: "The cluster holds a private key to unseal with", check: keyPairs },
    {
      claim: "Every SealedSecret is decrypted by the controller",
      check: whileRunning(controller, unsealed),
    },
    { claim: "The backstage-db SealedSecret contains all database connection credentials", check: backstage },
    { claim: "No plain Secret comes from Git", check: noPlainSecret },
    ...sealingClaims,
  ],
};

/** Whether each Secret that the controller takes for a key pair is one. */
async function keyPairs(target: Target): Promise<Finding> {
  const selector = encodeURIComponent(`${sealingKeyLabel}=active`);
  const path = `/api/v1/namespaces/${namespace}/secrets?labelSelector=${selector}`;
  const found = (await list<KeySecret>(target.api, path)) ?? [];
  if (found.length === 0)
    return missingRelease(target, "sealed-secrets", `no Secret is labelled ${sealingKeyLabel}=active`);
  return judged(
    found.flatMap((secret) => {
      const pair = pairOf(secret);
      return typeof pair === "string"
        ? [`${namespacedName(secret)} is no sealing key and is used as one: ${pair}`]
        : [];
    }),
    `active, each an RSA key with its certificate: ${found.map(namespacedName).join(", ")}`,
  );
}

const sealedSecrets = (target: Target): Promise<SealedSecret[] | undefined> =>
  list<SealedSecret>(target.api, "/apis/bitnami.com/v1alpha1/sealedsecrets");

async function unsealed(target: Target): Promise<Finding> {
  const all = await sealedSecrets(target);
  if (!all) return missingRelease(target, "sealed-secrets", "the cluster knows no SealedSecrets");
  if (all.length === 0)
    return unchecked("there is no SealedSecret; commit one (docs/guides/seal-a-secret.md) and sync");
  const silent = all.filter((sealed) => !conditionOf(sealed, "Synced"));
  if (target.simulatedPods && silent.length > 0) {
    return needsRealPods(`${silent.map(namespacedName).join(", ")}: no controller has answered`);
  }
  const problems = await Promise.all(all.map((sealed) => unsealingProblem(target, sealed)));
  return judged(
    problems.flatMap((problem, index) =>
      problem === undefined ? [] : [`${namespacedName(all[index]!)} ${problem}`],
    ),
    `each has its Secret, with all its keys: ${all.map(namespacedName).join(", ")}`,
  );
}

/** Why a SealedSecret is not decrypted. Only the names of its Secret's keys are used, no value. */
async function unsealingProblem({ api }: Target, sealed: SealedSecret): Promise<string | undefined> {
  const { metadata, spec, status } = sealed;
  const synced = conditionOf(sealed, "Synced");
  if (synced?.status !== "True")
    return `is not unsealed: ${synced?.message ?? synced?.reason ?? "no controller has answered"}`;
  if ((status?.observedGeneration ?? Infinity) < (metadata.generation ?? 0))
    return "was changed, and the controller has not looked at it since";
  const secret = await read<KeySecret>(
    api,
    `/api/v1/namespaces/${metadata.namespace}/secrets/${metadata.name}`,
  );
  if (!secret) return "is unsealed, the controller says, but there is no such Secret";
  const missing = Object.keys(spec.encryptedData ?? {}).filter((key) => !(key in (secret.data ?? {})));
  return missing.length > 0 ? `has a Secret without ${missing.join(", ")}` : undefined;
}

async function backstage(target: Target): Promise<Finding> {
  const all = (await sealedSecrets(target)) ?? [];
  const found = all.find((sealed) => namespacedName(sealed) === example.name);
  if (!found)
    return unchecked(`there is no SealedSecret ${example.name}; ArgoCD brings it from backstage-gitops`);
  const sealed = found.spec.encryptedData ?? {};
  const notSealed = example.keys.filter((key) => !(key in sealed));
  if (notSealed.length > 0) return failed(notSealed.map((key) => `${example.name} has no ${key}`).join("; "));
  const [of, name] = example.name.split("/");
  const secret = await read<KeySecret>(target.api, `/api/v1/namespaces/${of}/secrets/${name}`);
  if (!secret && target.simulatedPods)
    return needsRealPods(`${example.name} has ${example.keys.join(", ")}, and nobody has unsealed it`);
  if (!secret) return failed(`there is no Secret ${example.name}, which the SealedSecret should become`);
  return judged(
    example.keys
      .filter((key) => !secret.data?.[key])
      .map((key) => `the Secret ${example.name} has no ${key}`),
    `${example.name} has ${example.keys.join(", ")}, and so has the Secret that it became`,
  );
}

/** How ArgoCD marks what it applied from Git (https://argo-cd.readthedocs.io/en/stable/user-guide/resource_tracking/). */
const trackingId = "argocd.argoproj.io/tracking-id";
const trackingLabel = "app.kubernetes.io/instance";

type Application = KubeObject & {
  spec?: { destination?: { namespace?: string } };
  status?: { resources?: { group?: string; kind: string; namespace?: string; name: string }[] };
};

/** Secrets that an application holds, by its own list of what it manages and by both of ArgoCD's ways to mark an object. */
async function noPlainSecret({ api, settings }: Target): Promise<Finding> {
  const applications = await list<Application>(api, "/apis/argoproj.io/v1alpha1/applications");
  if (!applications) return unchecked("ArgoCD, which applies what is in Git, is not installed here");
  const secrets = (await list(api, "/api/v1/secrets", true)) ?? [];
  const listed = applications.flatMap(({ metadata, status }) =>
    (status?.resources ?? [])
      .filter(({ group = "", kind }) => group === "" && kind === "Secret")
      .map(({ namespace = "", name }) => ({
        secret: `${namespace}/${name}`,
        by: `application ${metadata.name}`,
      })),
  );
  const marked = secrets.flatMap((secret) => {
    const { annotations, labels, namespace, ownerReferences = [] } = secret.metadata;
    const mark = annotations?.[trackingId];
    if (mark?.split(":")[1] === "/Secret") return [{ secret: namespacedName(secret), by: mark }];
    // A SealedSecret's own Secret may carry the label of its template.
    const owner = applications.find(
      ({ metadata, spec }) =>
        metadata.name === labels?.[trackingLabel] &&
        (spec?.destination?.namespace ?? namespace) === namespace,
    );
    return owner && ownerReferences.length === 0
      ? [{ secret: namespacedName(secret), by: `${trackingLabel}=${owner.metadata.name}` }]
      : [];
  });
  const found = new Map([...listed, ...marked].map(({ secret, by }) => [secret, by]));
  if (found.size > 0)
    return failed(
      [...found].map(([secret, by]) => `${secret} is applied from Git as it is (${by})`).join("; "),
    );
  const { namespace: argocd } = settings.access.argocd;
  const controller = await read<{ status?: { readyReplicas?: number } }>(
    api,
    `/apis/apps/v1/namespaces/${argocd}/statefulsets/argocd-application-controller`,
  );
  const none = `none of ${secrets.length} Secrets is applied from Git by ArgoCD`;
  return (controller?.status?.readyReplicas ?? 0) > 0 && applications.length > 0
    ? proved(none)
    : unchecked(
        `${none}, but ${applications.length === 0 ? "it has no application" : "its application controller does not run"}`,
      );
}
