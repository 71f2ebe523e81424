import { core, get, leases, patch, post, putBack, rbac, remove, type Row } from "./auditRequest.js";

/** Rights, what the cluster says to itself, and everything else. */
export const clusterRequests: Row[] = [
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
  ["alice", "get a Role", get(`${rbac}/namespaces/audit/roles/reader`)],
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
  ["alice", "delete a Role", remove(`${rbac}/namespaces/audit/roles/reader`), "RequestResponse", "Metadata"],

  // What the cluster says to itself; the same from a person is no noise.
  ["nobody", "get /healthz", get("/healthz"), "None", "Metadata"],
  ["alice", "get /readyz/etcd", get("/readyz/etcd"), "None", "Metadata"],
  ["alice", "get /version", get("/version")],
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
  ["alice", "delete an Event", remove(`${core}/events/noise`)],
  ["alice", "delete all Events", remove(`${core}/events`)],
  ["app", "create a Lease", post(leases, { metadata: { name: "election" }, spec: {} })],
  ["app", "get a Lease", get(`${leases}/election`), "None", "Metadata"],
  ["app", "update a Lease", putBack(`${leases}/election`), "None", "Metadata"],
  ["alice", "update a Lease", putBack(`${leases}/election`)],
  ["app", "delete a Lease", remove(`${leases}/election`)],
  ["alice", "get Endpoints", get(`/api/v1/namespaces/default/endpoints/kubernetes`), "Metadata", "None"],
  ["alice", "list Services", get("/api/v1/services"), "Metadata", "None"],
  [
    "alice",
    "create a Service",
    post(`${core}/services`, { metadata: { name: "web" }, spec: { ports: [{ port: 80 }] } }),
  ],
  ["alice", "delete a Service", remove(`${core}/services/web`)],
  ["kube-proxy", "watch Services", get("/api/v1/services?watch=true&timeoutSeconds=1"), "None", "None"],
  ["kube-proxy", "list EndpointSlices", get("/apis/discovery.k8s.io/v1/endpointslices"), "None", "Metadata"],
  ["alice", "list EndpointSlices", get("/apis/discovery.k8s.io/v1/endpointslices")],
  ["kube-proxy", "list Secrets, refused", get("/api/v1/secrets"), "Metadata", "RequestResponse"],
  ["node", "get its node", get("/api/v1/nodes/node-1"), "None", "Metadata"],
  ["alice", "get a node", get("/api/v1/nodes/node-1")],
  ["node", "patch its node's status", patch("/api/v1/nodes/node-1/status", { status: {} })],
  ["node", "list Services", get("/api/v1/services"), "None", "None"],
  ["scheduler", "list nodes", get("/api/v1/nodes"), "None", "Metadata"],
  ["scheduler", "list pods", get("/api/v1/pods")],

  // Everything else.
  ["alice", "list pods", get(`${core}/pods`)],
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
  ],
  [
    "alice",
    "patch a Deployment",
    patch("/apis/apps/v1/namespaces/audit/deployments/web", { spec: { replicas: 0 } }),
  ],
  ["alice", "delete a Deployment", remove("/apis/apps/v1/namespaces/audit/deployments/web")],
  ["nobody", "list namespaces, not signed in", get("/api/v1/namespaces")],
  ["alice", "delete a Secret", remove(`${core}/secrets/needle`), "Metadata", "RequestResponse"],
];
