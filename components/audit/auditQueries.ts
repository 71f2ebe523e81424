import { secretVerbs } from "../access/powers.js";
/**
 * What the security page asks of the audit log, as LogQL over what auditPipeline.ts sends to Loki. The dashboard shows
 * these queries and `npm run verify` asks them.
 */

/** Label `job` of every audit event in Loki. */
export const auditJob = "kube-apiserver-audit";

/** A question and the query that answers it. */
export interface AuditQuery {
  /** The question, in the page's words. */
  question: string;
  /** What the answer holds and what it does not. */
  description: string;
  /** LogQL; `$user`, `$namespace` and `$resource` stand for regular expressions, as in a Grafana dashboard. */
  expression: string;
}

const writes = 'verb=~"create|update|patch|delete|deletecollection"';
const reads = `verb=~"${secretVerbs.join("|")}"`;
const filters = '| user=~"$user" | namespace=~"$namespace"';

/**
 * One line per event, for people. RequestReceived is left out: the later stages of a request hold all that it does. A
 * connection that stays open, such as an exec, has two lines, for its start and its end.
 */
const sentence =
  '| json stage="stage", name="objectRef.name", code="responseStatus.code", as="impersonatedUser.username", address="sourceIPs[0]"' +
  ' | stage!="RequestReceived"' +
  " | line_format `{{.user}}{{if .as}} as {{.as}}{{end}}: {{.verb}} {{.resource}} {{.namespace}}/{{.name}} ({{.code}}, {{.stage}}) from {{.address}}`";

export const auditQueries = {
  changes: {
    question: "Which user or ServiceAccount created, modified, or deleted a resource?",
    description:
      "Every write; narrow it by user, namespace and resource. A resource is named group/resource/subresource.",
    expression: `{job="${auditJob}", ${writes}} ${filters} | resource!="" | resource=~"$resource" ${sentence}`,
  },
  secretAccess: {
    question: "Were any Secrets accessed or exported?",
    description:
      "Reads of every kind, and the patches and deletions whose answers hold a Secret; a list or a watch reads all of its namespace.",
    expression: `{job="${auditJob}", ${reads}} ${filters} | resource="secrets" ${sentence}`,
  },
  podExec: {
    question: "Did any pod exec into a running container?",
    description: "Every way in: exec, attach, port-forward, proxy and debug containers, also attempts.",
    expression: `{job="${auditJob}"} ${filters} | resource=~"pods/(exec|attach|portforward|proxy|ephemeralcontainers)" ${sentence}`,
  },
  rbacChanges: {
    question: "Were any RBAC rules changed?",
    description: "Who changed which rule. What it was changed to stands in the audit log on the node alone.",
    expression: `{job="${auditJob}", ${writes}} ${filters} | resource=~"rbac[.]authorization[.]k8s[.]io/.+" ${sentence}`,
  },
} as const satisfies Record<string, AuditQuery>;

/** The events of the audit log as they were sent. */
export const auditEvents = `{job="${auditJob}"} ${filters}`;

/** What the variables of a query stand for: regular expressions. Default: everything. */
export interface AuditFilter {
  user?: string;
  namespace?: string;
  resource?: string;
}

/** The query with its variables filled in. */
export function filledIn(expression: string, filter: AuditFilter = {}): string {
  return expression.replace(/\$(user|namespace|resource)/g, (_, name: keyof AuditFilter) =>
    JSON.stringify(filter[name] ?? ".*").slice(1, -1),
  );
}
