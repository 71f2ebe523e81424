import type { Settings } from "./schema.js";

/** Namespace of the Alloy that a release of this program brings. */
export const auditLogsNamespace = "audit-logs";

/** Address of Loki: the given one, else that of the Service `loki` beside kube-prometheus-stack. */
export function lokiUrlOf({ auditLogs, monitoring, cluster }: Settings): string {
  return auditLogs.loki.url ?? `http://loki.${monitoring.namespace}.svc.${cluster.dnsDomain}:3100`;
}
