import { clusterRequests } from "./auditClusterRequests.js";
import { credentialRequests } from "./auditCredentialRequests.js";
import type { AuditedRequest, Needles } from "./auditRequest.js";

/**
 * The requests in the order in which they are made: what is created first is read, changed and deleted later. The safe
 * policy is the one of level Metadata, the page's the one of level RequestResponse.
 */
export function auditedRequests(needles: Needles): AuditedRequest[] {
  const rows = [...credentialRequests(needles), ...clusterRequests];
  return rows.map(([user, what, request, safe = "Metadata", page = "Metadata"]) => ({
    user,
    what,
    request: (before) => ({
      ...(typeof request === "function" ? request(before) : request),
      anonymous: user === "nobody",
    }),
    level: { Metadata: safe, RequestResponse: page },
  }));
}
