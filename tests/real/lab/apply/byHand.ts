import type { Values } from "../../../../cli/plan/providers/standIn.js";

/**
 * What somebody may have made by hand under the name of an object of the program: each change is to a field that the
 * program sets. None for a ClusterIssuer that is self-signed, of which the program sets nothing that could differ.
 */
const changes: Record<string, (object: Values) => void> = {
  AlertmanagerConfig: ({ spec }) => (spec.route.receiver = spec.receivers.at(-1).name = "by-hand"),
  AppProject: ({ spec }) => (spec.sourceRepos = ["*"]),
  Application: ({ spec }) => (spec.source.targetRevision = "by-hand"),
  BackendTLSPolicy: ({ spec }) => (spec.validation.hostname = "by.hand"),
  Certificate: ({ spec }) => (spec.secretName = "by-hand"),
  CertificateRequest: ({ spec }) => (spec.duration = "2h0m0s"),
  CiliumNetworkPolicy: ({ spec }) => (spec.enableDefaultDeny = { ingress: true, egress: true }),
  ClusterIssuer(object) {
    // As the page and cert-manager's own guide have it.
    if (object["spec"].acme) {
      object["spec"].acme.privateKeySecretRef.name = object["metadata"].name;
      delete object["spec"].acme.solvers[0].selector;
    } else if (object["spec"].ca) object["spec"].ca.secretName = "by-hand";
  },
  ClusterRole: (object) => (object["rules"] = otherRules),
  ClusterRoleBinding: (object) => (object["subjects"] = otherSubjects),
  ConfigMap: ({ data }) => overwrite(data, "by hand"),
  CronJob: ({ spec }) => (spec.schedule = "1 1 1 1 *"),
  Deployment: ({ spec }) => (spec.template.spec.containers[0].image = "by.hand/image:1"),
  HTTPRoute: ({ spec }) => (spec.hostnames = ["by.hand"]),
  HorizontalPodAutoscaler: ({ spec }) => (spec.maxReplicas = 9),
  Ingress: ({ spec }) => (spec.ingressClassName = "by-hand"),
  LimitRange: ({ spec }) => (spec.limits[0].max = { memory: "9Gi" }),
  MutatingAdmissionPolicy: ({ spec }) => (spec.reinvocationPolicy = "IfNeeded"),
  MutatingAdmissionPolicyBinding: ({ spec }) => (spec.policyName = "by-hand"),
  Namespace: ({ metadata }) =>
    (metadata.labels = { ...metadata.labels, "pod-security.kubernetes.io/audit": "privileged" }),
  NetworkPolicy: ({ spec }) => (spec.podSelector = { matchLabels: { by: "hand" } }),
  PersistentVolumeClaim: ({ metadata }) => (metadata.labels["app.kubernetes.io/managed-by"] = "hand"),
  PodDisruptionBudget: ({ spec }) => (spec.maxUnavailable = 2),
  PrometheusRule: ({ spec }) => (spec.groups[0].rules = [{ alert: "ByHand", expr: "vector(1)" }]),
  ResourceQuota: ({ spec }) => overwrite(spec.hard, "9"),
  Role: (object) => (object["rules"] = otherRules),
  RoleBinding: (object) => (object["subjects"] = otherSubjects),
  Schedule: ({ spec }) => (spec.schedule = "1 1 1 1 *"),
  Secret: ({ data }) => overwrite(data, Buffer.from("by hand").toString("base64")),
  Service: ({ spec }) => (spec.selector = { by: "hand" }),
  ServiceAccount: (object) => (object["automountServiceAccountToken"] = true),
  StatefulSet: ({ spec }) => (spec.template.spec.containers[0].image = "by.hand/image:1"),
  ValidatingAdmissionPolicy: ({ spec }) =>
    (spec.failurePolicy = spec.failurePolicy === "Ignore" ? "Fail" : "Ignore"),
  ValidatingAdmissionPolicyBinding: ({ spec }) => (spec.policyName = "by-hand"),
};

const otherRules = [{ apiGroups: [""], resources: ["pods"], verbs: ["get"] }];
const otherSubjects = [{ kind: "User", apiGroup: "rbac.authorization.k8s.io", name: "by-hand" }];

function overwrite(map: Values, value: string): void {
  for (const key of Object.keys(map)) map[key] = value;
}

/** An object as `kubectl` would be given it, without what only Pulumi reads. */
export function plainObject(object: Values): Values {
  const { stringData, ...rest } = structuredClone(object);
  const { annotations, ...metadata } = rest["metadata"] as Values;
  const others = Object.entries((annotations ?? {}) as Values).filter(
    ([key]) => !key.startsWith("pulumi.com/"),
  );
  const encoded = Object.entries((stringData ?? {}) as Record<string, string>).map(
    ([key, text]) => [key, Buffer.from(text).toString("base64")] as const,
  );
  return {
    ...rest,
    ...(rest["kind"] === "Secret" && { data: { ...rest["data"], ...Object.fromEntries(encoded) } }),
    metadata: { ...metadata, ...(others.length > 0 && { annotations: Object.fromEntries(others) }) },
  };
}

/** The same object as somebody else would have made it. */
export function byHand(object: Values): Values {
  const other = plainObject(object);
  const change = changes[other["kind"] as string];
  if (!change) throw new Error(`say what a ${other["kind"]} made by hand would differ in`);
  // An immutable one is this program's alone.
  delete other["immutable"];
  change(other);
  return other;
}
