import { secretVerbs } from "../../../../components/access/powers.js";
import { actorOf, requests, resourceOf, type AuditEvent } from "./events.js";

/** An answer to one of the page's questions: who did what to what, when, and whether it was allowed. */
export interface Deed {
  time: string;
  who: string;
  verb: string;
  /** `group/resource/subresource` */
  resource: string;
  namespace: string | undefined;
  name: string | undefined;
  /** Status of the answer; 101 for a connection that was opened. */
  code: number | undefined;
}

/** An RBAC rule that was changed, with the object that was sent, where the policy's level keeps it. */
export interface RbacChange extends Deed {
  sent: unknown;
}

const writes = new Set(["create", "update", "patch", "delete", "deletecollection"]);
const readsSecrets = new Set<string>(secretVerbs);
const waysIn = new Set(["exec", "attach", "portforward", "proxy", "ephemeralcontainers"]);

/** Which resources, and which of them. What is left out matches all. */
export interface ResourceFilter {
  group?: string;
  resource?: string;
  namespace?: string;
  name?: string;
}

/** Which user or ServiceAccount created, modified, or deleted a resource? */
export function whoChanged(events: Iterable<AuditEvent>, wanted: ResourceFilter = {}): Deed[] {
  return requests(events)
    .filter((event) => writes.has(event.verb) && matches(event, wanted))
    .map(deedOf);
}

/** Were any Secrets accessed or exported? Every request whose answer holds one; a list or a watch reads all it may see. */
export function secretAccess(events: Iterable<AuditEvent>): Deed[] {
  return requests(events)
    .filter((event) => readsSecrets.has(event.verb) && matches(event, { group: "", resource: "secrets" }))
    .map(deedOf);
}

/** Did any pod exec into a running container? Every way in, by anybody: exec, attach, port-forward, proxy, debug. */
export function podExec(events: Iterable<AuditEvent>): Deed[] {
  return requests(events)
    .filter(
      (event) =>
        matches(event, { group: "", resource: "pods" }) && waysIn.has(event.objectRef?.subresource ?? ""),
    )
    .map(deedOf);
}

/** Were any RBAC rules changed? */
export function rbacChanges(events: Iterable<AuditEvent>): RbacChange[] {
  return requests(events)
    .filter((event) => writes.has(event.verb) && matches(event, { group: "rbac.authorization.k8s.io" }))
    .map((event) => ({ ...deedOf(event), sent: event.requestObject }));
}

function matches({ objectRef }: AuditEvent, wanted: ResourceFilter): boolean {
  if (!objectRef) return false;
  const found = {
    group: objectRef.apiGroup ?? "",
    resource: objectRef.resource,
    namespace: objectRef.namespace,
    name: objectRef.name,
  };
  return (Object.keys(wanted) as (keyof ResourceFilter)[]).every(
    (key) => wanted[key] === undefined || wanted[key] === found[key],
  );
}

function deedOf(event: AuditEvent): Deed {
  return {
    time: event.requestReceivedTimestamp,
    who: actorOf(event),
    verb: event.verb,
    resource: resourceOf(event),
    namespace: event.objectRef?.namespace,
    name: event.objectRef?.name,
    code: event.responseStatus?.code,
  };
}

/** A deed as a sentence of a report. */
export function describeDeed({ time, who, verb, resource, namespace, name, code }: Deed): string {
  const object = [namespace, name].filter(Boolean).join("/");
  return `${time} ${who}: ${verb} ${resource}${object ? ` ${object}` : ""}${code === undefined ? "" : ` (${code})`}`;
}
