import type { ApiRequest } from "../../../../cli/verify/cluster/api.js";
import type { Level, Policy } from "../../../../cli/verify/checks/audit/activity.js";

/** Who asks. How they sign in: a client certificate, a token, a kubeconfig of the node, or not at all. */
export type User =
  "admin" | "alice" | "bob" | "node" | "controller manager" | "scheduler" | "kube-proxy" | "app" | "nobody";

/** A request, and the level at which each policy has it written, stated by hand. */
export interface AuditedRequest {
  user: User;
  what: string;
  /** May depend on what was answered to the one before. */
  request: (answerBefore: string) => ApiRequest;
  level: Record<Policy, Level>;
}

/** What the requests carry that must not be in a log. */
export interface Needles {
  secret: string;
  configMap: string;
  token: string;
}

const core = "/api/v1/namespaces/audit";
const rbac = "/apis/rbac.authorization.k8s.io/v1";
const leases = "/apis/coordination.k8s.io/v1/namespaces/audit/leases";
const pod = `${core}/pods/target`;

const post = (path: string, body?: object): ApiRequest => ({ method: "POST", path, body });
/** Puts the object of the answer before back as it is. */
const putBack =
  (path: string) =>
  (before: string): ApiRequest => ({
    method: "PUT",
    path,
    body: JSON.parse(before),
  });
const get = (path: string): ApiRequest => ({ path });
const remove = (path: string): ApiRequest => ({ method: "DELETE", path });
const patch = (path: string, body: object): ApiRequest => ({
  method: "PATCH",
  path,
  body,
  headers: { "Content-Type": "application/merge-patch+json" },
});

/**
 * The requests in the order in which they are made: what is created first is read, changed and deleted later. The safe
 * policy is the one of level Metadata, the page's the one of level RequestResponse.
 */
export function auditedRequests(needles: Needles): AuditedRequest[] {
  type Request = ApiRequest | AuditedRequest["request"];
  const rows: [user: User, what: string, request: Request, safe: Level, page: Level][] = [
    // Secrets: whoever it is, whatever comes of it.
    [
      "alice",
      "create a Secret",
      post(`${core}/secrets`, { metadata: { name: "needle" }, stringData: { needle: needles.secret } }),
      "Metadata",
      "RequestResponse",
    ],
    ["alice", "get a Secret", get(`${core}/secrets/needle`), "Metadata", "RequestResponse"],
    ["alice", "list Secrets", get(`${core}/secrets`), "Metadata", "RequestResponse"],
    ["alice", "list Secrets of all namespaces", get("/api/v1/secrets"), "Metadata", "RequestResponse"],
    [
      "alice",
      "watch Secrets",
      get(`${core}/secrets?watch=true&timeoutSeconds=1`),
      "Metadata",
      "RequestResponse",
    ],
    [
      "alice",
      "patch a Secret",
      patch(`${core}/secrets/needle`, { metadata: { labels: { changed: "yes" } } }),
      "Metadata",
      "RequestResponse",
    ],
    ["bob", "get a Secret, refused", get(`${core}/secrets/needle`), "Metadata", "RequestResponse"],
    ["node", "get a Secret, refused", get(`${core}/secrets/needle`), "Metadata", "RequestResponse"],
    ["app", "list Secrets, refused", get(`${core}/secrets`), "Metadata", "RequestResponse"],
    ["controller manager", "list Secrets", get(`${core}/secrets`), "Metadata", "RequestResponse"],
    ["nobody", "get a Secret, not signed in", get(`${core}/secrets/needle`), "Metadata", "RequestResponse"],
    [
      "admin",
      "get a Secret as alice",
      {
        ...get(`${core}/secrets/needle`),
        headers: { "Impersonate-User": "alice", "Impersonate-Group": "developers" },
      },
      "Metadata",
      "RequestResponse",
    ],

    // What else may hold a credential.
    [
      "alice",
      "create a ConfigMap",
      post(`${core}/configmaps`, { metadata: { name: "needle" }, data: { needle: needles.configMap } }),
      "Metadata",
      "Metadata",
    ],
    ["alice", "get a ConfigMap", get(`${core}/configmaps/needle`), "Metadata", "None"],
    ["alice", "watch ConfigMaps", get(`${core}/configmaps?watch=true&timeoutSeconds=1`), "Metadata", "None"],
    ["alice", "delete a ConfigMap", remove(`${core}/configmaps/needle`), "Metadata", "Metadata"],
    [
      "alice",
      "create a ServiceAccount's token",
      post(`${core}/serviceaccounts/app/token`, {
        apiVersion: "authentication.k8s.io/v1",
        kind: "TokenRequest",
        spec: {},
      }),
      "Metadata",
      "Metadata",
    ],
    [
      "alice",
      "create a TokenReview",
      post("/apis/authentication.k8s.io/v1/tokenreviews", {
        apiVersion: "authentication.k8s.io/v1",
        kind: "TokenReview",
        spec: { token: needles.token },
      }),
      "Metadata",
      "Metadata",
    ],

    // Ways into a pod.
    ["alice", "exec into a pod", post(`${pod}/exec?command=id&stdout=true`), "Metadata", "Metadata"],
    [
      "alice",
      "exec into a pod, by WebSocket",
      get(`${pod}/exec?command=id&stdout=true`),
      "Metadata",
      "Metadata",
    ],
    ["alice", "attach to a pod", post(`${pod}/attach?stdout=true`), "Metadata", "Metadata"],
    ["alice", "forward a port of a pod", post(`${pod}/portforward`), "Metadata", "Metadata"],
    ["alice", "ask a pod through the proxy", get(`${pod}/proxy/`), "Metadata", "Metadata"],
    [
      "alice",
      "add an ephemeral container",
      {
        ...patch(`${pod}/ephemeralcontainers`, {
          spec: { ephemeralContainers: [{ name: "debug", image: "busybox" }] },
        }),
        headers: { "Content-Type": "application/strategic-merge-patch+json" },
      },
      "Metadata",
      "Metadata",
    ],
    ["alice", "ask a Service through the proxy", get(`${core}/services/none/proxy/`), "Metadata", "Metadata"],
    ["alice", "ask a node through the proxy", get("/api/v1/nodes/none/proxy/pods"), "Metadata", "Metadata"],
    ["bob", "exec into a pod, refused", post(`${pod}/exec?command=id`), "Metadata", "Metadata"],

    // Rights.
    [
      "alice",
      "create a Role",
      post(`${rbac}/namespaces/audit/roles`, {
        metadata: { name: "reader" },
        rules: [{ apiGroups: [""], resources: ["secrets"], verbs: ["get"] }],
      }),
      "RequestResponse",
      "Metadata",
    ],
    ["alice", "get a Role", get(`${rbac}/namespaces/audit/roles/reader`), "Metadata", "Metadata"],
    [
      "alice",
      "create a RoleBinding",
      post(`${rbac}/namespaces/audit/rolebindings`, {
        metadata: { name: "reader" },
        roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "reader" },
        subjects: [{ kind: "User", name: "bob", apiGroup: "rbac.authorization.k8s.io" }],
      }),
      "RequestResponse",
      "Metadata",
    ],
    [
      "alice",
      "create a ClusterRoleBinding",
      post(`${rbac}/clusterrolebindings`, {
        metadata: { name: "audit-view" },
        roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "view" },
        subjects: [{ kind: "User", name: "bob", apiGroup: "rbac.authorization.k8s.io" }],
      }),
      "RequestResponse",
      "Metadata",
    ],
    [
      "alice",
      "delete a ClusterRoleBinding",
      remove(`${rbac}/clusterrolebindings/audit-view`),
      "RequestResponse",
      "Metadata",
    ],
    [
      "alice",
      "delete a RoleBinding",
      remove(`${rbac}/namespaces/audit/rolebindings/reader`),
      "RequestResponse",
      "Metadata",
    ],
    [
      "alice",
      "delete a Role",
      remove(`${rbac}/namespaces/audit/roles/reader`),
      "RequestResponse",
      "Metadata",
    ],

    // What the cluster says to itself; the same from a person is no noise.
    ["nobody", "get /healthz", get("/healthz"), "None", "Metadata"],
    ["alice", "get /readyz/etcd", get("/readyz/etcd"), "None", "Metadata"],
    ["alice", "get /version", get("/version"), "Metadata", "Metadata"],
    [
      "alice",
      "create an Event",
      post(`${core}/events`, {
        metadata: { name: "noise" },
        involvedObject: { kind: "Pod", name: "target", namespace: "audit" },
        reason: "Noise",
        type: "Normal",
      }),
      "None",
      "Metadata",
    ],
    ["alice", "list Events", get(`${core}/events`), "None", "Metadata"],
    ["alice", "delete an Event", remove(`${core}/events/noise`), "Metadata", "Metadata"],
    ["alice", "delete all Events", remove(`${core}/events`), "Metadata", "Metadata"],
    [
      "app",
      "create a Lease",
      post(leases, { metadata: { name: "election" }, spec: {} }),
      "Metadata",
      "Metadata",
    ],
    ["app", "get a Lease", get(`${leases}/election`), "None", "Metadata"],
    ["app", "update a Lease", putBack(`${leases}/election`), "None", "Metadata"],
    ["alice", "update a Lease", putBack(`${leases}/election`), "Metadata", "Metadata"],
    ["app", "delete a Lease", remove(`${leases}/election`), "Metadata", "Metadata"],
    ["alice", "get Endpoints", get(`/api/v1/namespaces/default/endpoints/kubernetes`), "Metadata", "None"],
    ["alice", "list Services", get("/api/v1/services"), "Metadata", "None"],
    [
      "alice",
      "create a Service",
      post(`${core}/services`, { metadata: { name: "web" }, spec: { ports: [{ port: 80 }] } }),
      "Metadata",
      "Metadata",
    ],
    ["alice", "delete a Service", remove(`${core}/services/web`), "Metadata", "Metadata"],
    ["kube-proxy", "watch Services", get("/api/v1/services?watch=true&timeoutSeconds=1"), "None", "None"],
    [
      "kube-proxy",
      "list EndpointSlices",
      get("/apis/discovery.k8s.io/v1/endpointslices"),
      "None",
      "Metadata",
    ],
    ["alice", "list EndpointSlices", get("/apis/discovery.k8s.io/v1/endpointslices"), "Metadata", "Metadata"],
    ["kube-proxy", "list Secrets, refused", get("/api/v1/secrets"), "Metadata", "RequestResponse"],
    ["node", "get its node", get("/api/v1/nodes/node-1"), "None", "Metadata"],
    ["alice", "get a node", get("/api/v1/nodes/node-1"), "Metadata", "Metadata"],
    [
      "node",
      "patch its node's status",
      patch("/api/v1/nodes/node-1/status", { status: {} }),
      "Metadata",
      "Metadata",
    ],
    ["node", "list Services", get("/api/v1/services"), "None", "None"],
    ["scheduler", "list nodes", get("/api/v1/nodes"), "None", "Metadata"],
    ["scheduler", "list pods", get("/api/v1/pods"), "Metadata", "Metadata"],

    // Everything else.
    ["alice", "list pods", get(`${core}/pods`), "Metadata", "Metadata"],
    [
      "alice",
      "create a Deployment",
      post("/apis/apps/v1/namespaces/audit/deployments", {
        metadata: { name: "web" },
        spec: {
          selector: { matchLabels: { app: "web" } },
          template: {
            metadata: { labels: { app: "web" } },
            spec: { containers: [{ name: "web", image: "example.com/web" }] },
          },
        },
      }),
      "Metadata",
      "Metadata",
    ],
    [
      "alice",
      "patch a Deployment",
      patch("/apis/apps/v1/namespaces/audit/deployments/web", { spec: { replicas: 0 } }),
      "Metadata",
      "Metadata",
    ],
    [
      "alice",
      "delete a Deployment",
      remove("/apis/apps/v1/namespaces/audit/deployments/web"),
      "Metadata",
      "Metadata",
    ],
    ["nobody", "list namespaces, not signed in", get("/api/v1/namespaces"), "Metadata", "Metadata"],
    ["alice", "delete a Secret", remove(`${core}/secrets/needle`), "Metadata", "RequestResponse"],
  ];
  return rows.map(([user, what, request, safe, page]) => ({
    user,
    what,
    request: (before) => ({
      ...(typeof request === "function" ? request(before) : request),
      anonymous: user === "nobody",
    }),
    level: { Metadata: safe, RequestResponse: page },
  }));
}
