import { core, get, patch, pod, post, remove, type Needles, type Row } from "./auditRequest.js";

/** Secrets, what else may hold a credential, and ways into a pod. */
export const credentialRequests = (needles: Needles): Row[] => [
  // Secrets: any user, any result.
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
  ],
  ["alice", "get a ConfigMap", get(`${core}/configmaps/needle`), "Metadata", "None"],
  ["alice", "watch ConfigMaps", get(`${core}/configmaps?watch=true&timeoutSeconds=1`), "Metadata", "None"],
  ["alice", "delete a ConfigMap", remove(`${core}/configmaps/needle`)],
  [
    "alice",
    "create a ServiceAccount's token",
    post(`${core}/serviceaccounts/app/token`, {
      apiVersion: "authentication.k8s.io/v1",
      kind: "TokenRequest",
      spec: {},
    }),
  ],
  [
    "alice",
    "create a TokenReview",
    post("/apis/authentication.k8s.io/v1/tokenreviews", {
      apiVersion: "authentication.k8s.io/v1",
      kind: "TokenReview",
      spec: { token: needles.token },
    }),
  ],

  // Ways into a pod.
  ["alice", "exec into a pod", post(`${pod}/exec?command=id&stdout=true`)],
  ["alice", "exec into a pod, by WebSocket", get(`${pod}/exec?command=id&stdout=true`)],
  ["alice", "attach to a pod", post(`${pod}/attach?stdout=true`)],
  ["alice", "forward a port of a pod", post(`${pod}/portforward`)],
  ["alice", "ask a pod through the proxy", get(`${pod}/proxy/`)],
  [
    "alice",
    "add an ephemeral container",
    {
      ...patch(`${pod}/ephemeralcontainers`, {
        spec: { ephemeralContainers: [{ name: "debug", image: "busybox" }] },
      }),
      headers: { "Content-Type": "application/strategic-merge-patch+json" },
    },
  ],
  ["alice", "ask a Service through the proxy", get(`${core}/services/none/proxy/`)],
  ["alice", "ask a node through the proxy", get("/api/v1/nodes/none/proxy/pods")],
  ["bob", "exec into a pod, refused", post(`${pod}/exec?command=id`)],
];
