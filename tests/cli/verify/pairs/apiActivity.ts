import { appendFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { auditEvents, auditQueries, filledIn } from "../../../../components/audit/auditQueries.js";
import type { ApiRequest } from "../../../../stacks/kubernetes/api.js";
import type { AuditEvent } from "../../../../cli/verify/checks/audit/events.js";
import { named, type Answer } from "../fakeTarget.js";
import { pair, type Pair, type Pairs } from "./pair.js";

export const auditFlags = [
  "--audit-policy-file=/p.yaml",
  "--audit-log-path=/a.log",
  "--audit-log-maxage=30",
  "--audit-log-maxbackup=10",
  "--audit-log-maxsize=100",
];
/** As the kubelet of a node shows it. */
export const apiServerPod = (name: string, command: string[]) =>
  named(`kube-apiserver-${name}`, { spec: { containers: [{ command: ["kube-apiserver", ...command] }] } });
export const apiServerPods = (...items: object[]): Record<string, Answer> => ({
  "/api/v1/namespaces/kube-system/pods": items,
});

export const enabled = { "auditLogs.enabled": true };
export const alloy = { "/apis/apps/v1/namespaces/audit-logs/daemonsets/alloy": named("alloy") };
export const monitoring = { ...alloy, "/api/v1/namespaces/monitoring/services/loki": named("loki") };
const namespace = "cluster-security-verify-abc";
export const scratch = `/api/v1/namespaces/${namespace}`;
const rbac = `/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}`;
export const query = "/api/v1/namespaces/monitoring/services/http:loki:3100/proxy/loki/api/v1/query_range";

/** What it is asked for, and the value of the Secret that was made before. */
export interface Asked {
  expression: string;
  secret: string;
  request: ApiRequest;
}
type Answered = { verb?: string; resource?: string; line: string }[];

/** A cluster that numbers its audit ids and writes of each request to its log, and a Loki that answers so. */
export function cluster(
  answer: (asked: Asked) => Answered,
  log: (request: ApiRequest, auditId: string) => void = () => {},
): Record<string, Answer> {
  let count = 0;
  let secret = "";
  const audited = (request: ApiRequest) => {
    const { stringData } = (request.body ?? {}) as { stringData?: { needle: string } };
    secret ||= stringData?.needle ?? "";
    const auditId = `audit-id-${++count}`;
    log(request, auditId);
    return { status: 200, auditId };
  };
  return {
    ...monitoring,
    "/api/v1/namespaces": [],
    "POST /api/v1/namespaces": () => ({ status: 201, body: JSON.stringify(named(namespace)) }),
    "/readyz": audited,
    [`POST ${scratch}/secrets`]: audited,
    [`${scratch}/secrets/audited`]: audited,
    [`${scratch}/secrets`]: audited,
    [`POST ${scratch}/configmaps`]: audited,
    [`${scratch}/configmaps/audited`]: audited,
    [`${scratch}/services`]: audited,
    [`${scratch}/pods`]: audited,
    [`POST ${scratch}/pods/audited/exec`]: audited,
    [`POST ${scratch}/pods/audited/portforward`]: audited,
    [`POST ${scratch}/events`]: audited,
    [`POST ${rbac}/roles`]: audited,
    [`DELETE ${rbac}/roles/audited`]: audited,
    [`DELETE ${scratch}/secrets/audited`]: audited,
    [query]: (request: ApiRequest) => {
      const expression = new URLSearchParams(request.path.split("?")[1]).get("query")!;
      const result = answer({ expression, secret, request }).map(({ line, ...stream }) => ({
        stream,
        values: [["1", line]],
      }));
      return { body: JSON.stringify({ data: { result } }) };
    },
  };
}

export const events = filledIn(auditEvents, { namespace });
const deeds: Record<keyof typeof auditQueries, [verb: string, resource: string][]> = {
  changes: [
    ["create", "secrets"],
    ["delete", "secrets"],
  ],
  secretAccess: [
    ["get", "secrets"],
    ["list", "secrets"],
    ["delete", "secrets"],
  ],
  podExec: [
    ["create", "pods/exec"],
    ["create", "pods/portforward"],
  ],
  rbacChanges: [
    ["create", "rbac.authorization.k8s.io/roles"],
    ["delete", "rbac.authorization.k8s.io/roles"],
  ],
};

/** A Loki that has everything, and the last event as this line. */
export function whole({ expression }: Asked, last = '{"auditID":"audit-id-14"}'): Answered {
  if (expression === events) return [{ line: '{"auditID":"audit-id-1"}' }, { line: last }];
  const [name] = Object.entries(auditQueries).find(
    ([, saved]) => filledIn(saved.expression, { namespace }) === expression,
  )!;
  return deeds[name as keyof typeof deeds].map(([verb, resource]) => ({
    verb,
    resource,
    line: "who: what",
  }));
}

const nameIn = (body: unknown) => (body as { metadata?: { name: string } } | undefined)?.metadata?.name;

/** What the audit policy of the least environment says of a request. */
function levelOf(resource: string): AuditEvent["level"] | undefined {
  if (resource === "events") return undefined;
  return resource === "roles" ? "RequestResponse" : "Metadata";
}

/** The line of a request; undefined where the policy leaves it out. */
function eventOf({ method = "GET", path, body }: ApiRequest, auditID: string): AuditEvent | undefined {
  const parts = /^\/api(?:s\/([^/]+))?\/v1\/namespaces\/([^/]+)\/(\w+)(?:\/([^/?]+)(?:\/(\w+))?)?/.exec(path);
  if (!parts) return undefined;
  const [, apiGroup, of, resource, name = nameIn(body), subresource] = parts;
  const read = parts[4] === undefined ? "list" : "get";
  const verb = method === "POST" ? "create" : method === "DELETE" ? "delete" : read;
  const level = levelOf(resource!);
  return (
    level && {
      ...{ auditID, level, verb, stage: "ResponseComplete", requestURI: path, user: { username: "ann" } },
      objectRef: { apiGroup, namespace: of, resource: resource!, name, subresource },
      responseStatus: { code: 200 },
      requestReceivedTimestamp: "2026-01-01T00:00:00Z",
    }
  );
}

function writeManifest(folder: string, flags: string[]): void {
  const manifests = join(folder, "etc/kubernetes/manifests");
  mkdirSync(manifests, { recursive: true });
  const pod = { spec: { containers: [{ command: ["kube-apiserver", ...flags] }] } };
  writeFileSync(join(manifests, "kube-apiserver.yaml"), JSON.stringify(pod));
}

type Change = (event: AuditEvent, request: ApiRequest) => AuditEvent | undefined;
/** A node whose API server writes its audit log so, and once with one event otherwise. */
const logging = (otherwise: Change): Pair =>
  pair<Change>(
    (change, folder) => {
      writeManifest(folder, ["--audit-log-path=/audit.log"]);
      const file = join(folder, "audit.log");
      writeFileSync(file, "", { mode: 0o600 });
      const log = (request: ApiRequest, auditId: string): void => {
        const event = eventOf(request, auditId);
        const written = event && change(event, request);
        if (written) appendFileSync(file, `${JSON.stringify(written)}\n`);
      };
      return { answers: cluster(() => [], log), options: { nodeRoot: folder } };
    },
    (event) => event,
    otherwise,
  );
const without =
  (verb: string, resource: string): Change =>
  (event) =>
    event.verb === verb && event.objectRef!.resource === resource ? undefined : event;

/** A Loki that answers everything, and once otherwise. */
const forwarding = (otherwise: (asked: Asked) => Answered): Pair =>
  pair<(asked: Asked) => Answered>(
    (answer) => ({ answers: cluster(answer), options: { settings: enabled } }),
    (asked) => whole(asked),
    otherwise,
  );

export const apiActivity: Pairs = {
  "The API server has an audit policy": pair(
    (log, folder) => {
      writeManifest(folder, auditFlags);
      writeFileSync(join(folder, log), "");
      return { options: { nodeRoot: folder } };
    },
    "a.log",
    "another.log",
  ),
  "Every request is logged": logging(without("create", "configmaps")),
  "The audit log gives no Secret": logging((event, { body }) => ({ ...event, requestObject: body })),
  [auditQueries.changes.question]: logging(without("create", "secrets")),
  [auditQueries.secretAccess.question]: logging(without("list", "secrets")),
  [auditQueries.podExec.question]: logging(without("create", "pods")),
  [auditQueries.rbacChanges.question]: logging(without("delete", "roles")),
  "Grafana Alloy collects": forwarding((asked) => whole(asked).slice(0, 1)),
  "Loki gets no value of a Secret": forwarding((asked) =>
    whole(asked, JSON.stringify({ auditID: "audit-id-14", note: btoa(asked.secret) })),
  ),
  "Loki answers the four questions": forwarding((asked) =>
    asked.expression.includes("rbac") ? [] : whole(asked),
  ),
};
