import { randomBytes } from "node:crypto";
import { answerOf } from "../../../kit/until.js";
import type { Api, ApiRequest } from "../../../../stacks/kubernetes/api.js";
import { once } from "../../once.js";
import type { Target } from "../../cluster/target.js";
import { parseAuditLog, requests, type AuditEvent } from "./events.js";
import { AuditLog } from "./log.js";

/** The levels of the two policies a stack can choose between, by its setting for Secrets. */
export type SecretsLevel = "Metadata" | "RequestResponse";
export type Level = "None" | AuditEvent["level"];

/** A request that is made so that it shows in the log, and the level each policy promises for it. */
interface AuditedRequest {
  /** Resource and verb, as a message names it. */
  what: string;
  request: ApiRequest;
  level: Record<SecretsLevel, Level>;
}

/** A trial that was made. */
export interface TriedRequest extends AuditedRequest {
  auditId: string;
}

export interface Activity {
  namespace: string;
  tried: TriedRequest[];
  /** Value of the Secret among them. */
  needle: string;
  /** What the node's log says; undefined where there is no access to it. */
  log: { file: string; text: string; events: AuditEvent[] } | undefined;
}

const secondsUntilWritten = 10;

/**
 * Does a little of everything the page wants to see again, in a namespace of its own, and reads what the API server
 * wrote about it. No pod is needed: an exec into one that does not exist is an attempt like any other.
 */
export const activityOf = once(async (target: Target): Promise<Activity> => {
  const namespace = await target.scratch.namespace();
  const needle = randomBytes(24).toString("hex");
  const log = auditLogOf(target);
  const mark = log?.mark();
  const tried: TriedRequest[] = [];
  for (const trial of trials(namespace, needle)) {
    tried.push({ ...trial, auditId: await auditIdOf(target.api, trial) });
  }
  if (!log || !mark) return { namespace, tried, needle, log: undefined };
  // It is deleted with the namespace if not at once, so the last trial's line means that all lines are there.
  const last = tried.at(-1)!.auditId;
  let text = log.since(mark);
  await answerOf(() => (text = log.since(mark)).includes(last), { seconds: secondsUntilWritten });
  return { namespace, tried, needle, log: { file: log.file, text, events: requests(parseAuditLog(text)) } };
});

/** The log on the node; undefined where there is no access to one. */
function auditLogOf({ node }: Target): AuditLog | undefined {
  const path = node?.flags("kube-apiserver")?.["audit-log-path"];
  return node && path && node.exists(path) ? new AuditLog(node.path(path)) : undefined;
}

async function auditIdOf(api: Api, { what, request }: AuditedRequest): Promise<string> {
  const { auditId, status } = await api.request(request);
  if (status === 403) throw new Error(`the kubeconfig's user may not ${what}`);
  if (auditId === undefined) throw new Error(`the API server names no audit id in its answer to ${what}`);
  return auditId;
}

function trials(namespace: string, needle: string): AuditedRequest[] {
  const core = `/api/v1/namespaces/${namespace}`;
  const rbac = `/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}`;
  const everywhere = (level: Level): Record<SecretsLevel, Level> => ({
    Metadata: level,
    RequestResponse: level,
  });
  const secretLevel: Record<SecretsLevel, Level> = {
    Metadata: "Metadata",
    RequestResponse: "RequestResponse",
  };
  const readLevel: Record<SecretsLevel, Level> = { Metadata: "Metadata", RequestResponse: "None" };
  const rbacLevel: Record<SecretsLevel, Level> = { Metadata: "RequestResponse", RequestResponse: "Metadata" };
  const quietLevel: Record<SecretsLevel, Level> = { Metadata: "None", RequestResponse: "Metadata" };
  const secret = { apiVersion: "v1", kind: "Secret", metadata: { name: "audited" }, stringData: { needle } };
  const role = {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "Role",
    metadata: { name: "audited" },
    rules: [{ apiGroups: [""], resources: ["configmaps"], resourceNames: ["audited"], verbs: ["get"] }],
  };
  const configMap = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "audited" }, data: {} };
  const event = {
    apiVersion: "v1",
    kind: "Event",
    metadata: { name: "audited" },
    involvedObject: { kind: "Namespace", name: namespace, namespace },
    reason: "Verify",
    type: "Normal",
  };
  return [
    { what: "get /readyz", request: { path: "/readyz" }, level: quietLevel },
    { what: "create secrets", request: post(`${core}/secrets`, secret), level: secretLevel },
    { what: "get secrets", request: { path: `${core}/secrets/audited` }, level: secretLevel },
    { what: "list secrets", request: { path: `${core}/secrets` }, level: secretLevel },
    {
      what: "create configmaps",
      request: post(`${core}/configmaps`, configMap),
      level: everywhere("Metadata"),
    },
    { what: "get configmaps", request: { path: `${core}/configmaps/audited` }, level: readLevel },
    { what: "list services", request: { path: `${core}/services` }, level: readLevel },
    { what: "list pods", request: { path: `${core}/pods` }, level: everywhere("Metadata") },
    {
      what: "create pods/exec",
      request: post(`${core}/pods/audited/exec?command=true&stdout=true`),
      level: everywhere("Metadata"),
    },
    {
      what: "create pods/portforward",
      request: post(`${core}/pods/audited/portforward?ports=80`),
      level: everywhere("Metadata"),
    },
    { what: "create events", request: post(`${core}/events`, event), level: quietLevel },
    { what: "create roles", request: post(`${rbac}/roles`, role), level: rbacLevel },
    { what: "delete roles", request: { method: "DELETE", path: `${rbac}/roles/audited` }, level: rbacLevel },
    {
      what: "delete secrets",
      request: { method: "DELETE", path: `${core}/secrets/audited` },
      level: secretLevel,
    },
  ];
}

const post = (path: string, body?: object): ApiRequest => ({ method: "POST", path, body });
