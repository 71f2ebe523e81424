import type { ApiRequest } from "../../../../stacks/kubernetes/api.js";
import type { Level, SecretsLevel } from "../../../../cli/verify/checks/audit/activity.js";

/** Who asks. How they sign in: a client certificate, a token, a kubeconfig of the node, or not at all. */
export type User =
  "admin" | "alice" | "bob" | "node" | "controller manager" | "scheduler" | "kube-proxy" | "app" | "nobody";

/** A request, and the level at which each policy has it written, stated by hand. */
export interface AuditedRequest {
  user: User;
  what: string;
  /** May depend on what was answered to the one before. */
  request: (answerBefore: string) => ApiRequest;
  level: Record<SecretsLevel, Level>;
}

/** What the requests carry that must not be in a log. */
export interface Needles {
  secret: string;
  configMap: string;
  token: string;
}

/** A request, and its levels by the safe policy (Metadata) and by the page's (RequestResponse). Default: Metadata. */
export type Row = [
  user: User,
  what: string,
  request: ApiRequest | AuditedRequest["request"],
  safe?: Level,
  page?: Level,
];

export const core = "/api/v1/namespaces/audit";
export const rbac = "/apis/rbac.authorization.k8s.io/v1";
export const leases = "/apis/coordination.k8s.io/v1/namespaces/audit/leases";
export const pod = `${core}/pods/target`;

export const post = (path: string, body?: object): ApiRequest => ({ method: "POST", path, body });
/** Puts the object of the answer before back as it is. */
export const putBack =
  (path: string) =>
  (before: string): ApiRequest => ({
    method: "PUT",
    path,
    body: JSON.parse(before),
  });
export const get = (path: string): ApiRequest => ({ path });
export const remove = (path: string): ApiRequest => ({ method: "DELETE", path });
export const patch = (path: string, body: object): ApiRequest => ({
  method: "PATCH",
  path,
  body,
  headers: { "Content-Type": "application/merge-patch+json" },
});
