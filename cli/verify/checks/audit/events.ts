/** One line of the audit log, as far as it is used here (audit.k8s.io/v1). */
export interface AuditEvent {
  auditID: string;
  level: "Metadata" | "Request" | "RequestResponse";
  stage: "RequestReceived" | "ResponseStarted" | "ResponseComplete" | "Panic";
  verb: string;
  requestURI: string;
  user: AuditUser;
  /** Whom the user acted as. */
  impersonatedUser?: AuditUser;
  objectRef?: {
    apiGroup?: string;
    resource: string;
    subresource?: string;
    namespace?: string;
    name?: string;
  };
  responseStatus?: { code?: number };
  requestObject?: unknown;
  responseObject?: unknown;
  requestReceivedTimestamp: string;
}

export interface AuditUser {
  username?: string;
  groups?: string[];
}

/**
 * The events of a log. A last line that is not finished yet is left out.
 *
 * @throws Error with the number of a line that is no event.
 */
export function parseAuditLog(text: string): AuditEvent[] {
  const lines = text.split("\n");
  lines.pop();
  return lines.map((line, index) => {
    try {
      return JSON.parse(line) as AuditEvent;
    } catch (error) {
      throw new Error(`line ${index + 1} of the audit log is not JSON: ${(error as Error).message}`);
    }
  });
}

/** One event for each request, the last that was written about it: earlier stages hold less. */
export function requests(events: Iterable<AuditEvent>): AuditEvent[] {
  return [...new Map([...events].map((event) => [event.auditID, event])).values()];
}

/** Who made the request. */
export function actorOf({ user, impersonatedUser }: AuditEvent): string {
  const name = user.username || "nobody known";
  return impersonatedUser?.username ? `${name} as ${impersonatedUser.username}` : name;
}

/** `group/resource/subresource`, the way a policy names it. */
export function resourceOf({ objectRef, requestURI }: AuditEvent): string {
  if (!objectRef) return requestURI;
  const { apiGroup, resource, subresource } = objectRef;
  return [apiGroup, resource, subresource].filter(Boolean).join("/");
}
