import type * as pulumi from "@pulumi/pulumi";

/** Whether the fields of an object that somebody else has set become this program's. */
export interface Decision {
  kind: string;
  /** Names it is for. Default: every name. */
  names?: RegExp;
  takenOver: boolean;
  reason: string;
}

const guards = "guards data that another value could not read";
const drawn = "Harbor takes another value after a restart";
const sample = "an object of the restore drill's sample, which is there for nothing else";

/**
 * What `pulumi up` does with the fields that somebody else has set in an object of this program, where the cluster exists
 * already: the first decision that fits counts. An object that is not there yet is made either way, and a field that has
 * the program's value already is shared.
 *
 * Taken over is what has no meaning but the settings', or cannot be kept. Otherwise the API server reports a conflict and
 * `up` ends there: what guards data is found before that (livingSecrets.ts). What others have set in addition to the program's own
 * fields stays in any case.
 */
export const decisions: readonly Decision[] = [
  { kind: "Secret", names: /^velero-repo-credentials$/, takenOver: false, reason: guards },
  { kind: "Secret", names: /^sealed-secrets-key-/, takenOver: false, reason: guards },
  { kind: "Secret", names: /^harbor-credentials-(secret-key|database)$/, takenOver: false, reason: guards },
  {
    kind: "Secret",
    names: /^(cloudflare-api-token|cloud-credentials)$/,
    takenOver: true,
    reason: "this program makes a new token and a new key, so the old value has no use any more",
  },
  {
    kind: "Secret",
    names: /^harbor-credentials-admin$/,
    takenOver: true,
    reason: "the settings have it; Harbor reads it at its first start only",
  },
  {
    kind: "Secret",
    names: /^harbor-credentials-(core|jobservice|registry|registry-user|token-signing|xsrf)$/,
    takenOver: true,
    reason: drawn,
  },
  {
    kind: "Secret",
    names: /^alert-receivers$/,
    takenOver: true,
    reason: "the settings hold the receivers' credentials",
  },
  { kind: "Secret", names: /^restore-drill$/, takenOver: true, reason: sample },

  {
    kind: "Certificate",
    names: /^internal-ca$/,
    takenOver: false,
    reason:
      "another specification would have the CA's certificate issued anew, which its users have imported by hand",
  },
  {
    kind: "ClusterIssuer",
    names: /^internal-ca$/,
    takenOver: false,
    reason: "what it has issued would be renewed by another CA",
  },
  {
    kind: "CertificateRequest",
    takenOver: false,
    reason: "a request is answered once and never changes",
  },
  {
    kind: "Certificate",
    takenOver: true,
    reason: "the settings list it; cert-manager issues it anew where it changes",
  },
  {
    kind: "ClusterIssuer",
    takenOver: true,
    reason: "the settings have its account and its solver; both of another making would use the old token",
  },

  {
    kind: "Namespace",
    takenOver: true,
    reason:
      "its pod security level is the one that its add-on needs, also where somebody has set a stricter one",
  },
  { kind: "ResourceQuota", takenOver: true, reason: "the settings have it" },
  { kind: "LimitRange", takenOver: true, reason: "the settings have it" },
  { kind: "NetworkPolicy", takenOver: true, reason: "who may reach whom is what the settings say" },
  { kind: "CiliumNetworkPolicy", takenOver: true, reason: "who may reach whom is what the settings say" },
  { kind: "HTTPRoute", takenOver: true, reason: "Harbor's address is in the settings" },
  { kind: "BackendTLSPolicy", takenOver: true, reason: "Harbor's address is in the settings" },

  { kind: "ClusterRole", takenOver: true, reason: "it allows what this program needs and nothing else" },
  { kind: "ClusterRoleBinding", takenOver: true, reason: "the settings list its subjects" },
  { kind: "Role", takenOver: true, reason: "it allows what this program needs and nothing else" },
  { kind: "RoleBinding", takenOver: true, reason: "its subject is an add-on of this program" },
  { kind: "ValidatingAdmissionPolicy", takenOver: true, reason: "what is refused is what the settings say" },
  {
    kind: "ValidatingAdmissionPolicyBinding",
    takenOver: true,
    reason: "what is refused is what the settings say",
  },
  { kind: "MutatingAdmissionPolicy", takenOver: true, reason: "the label keeps Secrets out of backups" },
  {
    kind: "MutatingAdmissionPolicyBinding",
    takenOver: true,
    reason: "the label keeps Secrets out of backups",
  },

  {
    kind: "ConfigMap",
    takenOver: true,
    reason: "a dashboard, a pipeline or sample data, all of it of this program's making",
  },
  { kind: "PrometheusRule", takenOver: true, reason: "the alerts are of this program's making" },
  { kind: "AlertmanagerConfig", takenOver: true, reason: "the settings have the receivers" },
  { kind: "Schedule", takenOver: true, reason: "the settings list it" },
  {
    kind: "AppProject",
    takenOver: true,
    reason: "it admits the applications of the settings and nothing else",
  },
  { kind: "Application", takenOver: true, reason: "the settings list it" },

  ...[
    ...["Deployment", "StatefulSet", "HorizontalPodAutoscaler", "CronJob", "PersistentVolumeClaim"],
    ...["Service", "ServiceAccount", "Ingress", "PodDisruptionBudget"],
  ].map((kind) => ({ kind, names: /^restore-drill$/, takenOver: true, reason: sample })),
];

/** The decision about an object; undefined where there is none, and nothing is taken over. */
export function decisionOf(kind: string, name: string): Decision | undefined {
  return decisions.find((decision) => decision.kind === kind && (decision.names?.test(name) ?? true));
}

/**
 * Annotates what is taken over, so that the provider forces its apply. It does so in every preview anyway, which for that
 * reason shows no conflict (https://www.pulumi.com/registry/packages/kubernetes/how-to-guides/managing-resources-with-server-side-apply/).
 *
 * A transformation and not a transform: it runs in the program, the same under the engine and in unit tests. Patch resources
 * are passed over. They set fields of objects that always are somebody else's, and say themselves that they force.
 */
export const takeOver: pulumi.ResourceTransformation = ({ type, props, opts }) => {
  const kind = /^kubernetes:(?!helm\.sh\/)[^:]+:(\w+)$/.exec(type)?.[1];
  const { metadata } = props as { metadata?: ObjectMetadata };
  if (kind === undefined || kind.endsWith("Patch") || typeof metadata?.name !== "string") return undefined;
  if (!decisionOf(kind, metadata.name)?.takenOver) return undefined;
  const annotations = { ...metadata.annotations, ...forced };
  return { props: { ...(props as object), metadata: { ...metadata, annotations } }, opts };
};

/** Metadata as the components write it: its name is known, so that the decision is as well. */
interface ObjectMetadata {
  name?: unknown;
  annotations?: Record<string, pulumi.Input<string>>;
}

/** Has the provider take fields away from their managers. */
const forced = { "pulumi.com/patchForce": "true" } as const;
