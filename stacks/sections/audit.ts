import { AuditShipping } from "../../components/audit/auditShipping.js";
import { addOnNamespaces } from "../../components/common/addOnNamespaces.js";
import { bringsAlloy, lokiUrl } from "../settings/derived/loki.js";
import { monitoringOf } from "../settings/derived/monitoring.js";
import { releaseOptions } from "../settings/derived/release.js";
import type { Settings } from "../settings/index.js";
import { after, namespaceIn, type ClusterBase } from "./cluster.js";

/** Sends the audit log to Loki, if that is enabled. */
export function audit(settings: Settings, base: ClusterBase): void {
  const { auditLogs, monitoring } = settings;
  if (!auditLogs.enabled) return;
  new AuditShipping(
    "audit-shipping",
    {
      mode: auditLogs.mode,
      namespace: bringsAlloy(settings) ? namespaceIn(base, addOnNamespaces.auditLogs) : monitoring.namespace,
      lokiUrl: lokiUrl(settings),
      tenant: auditLogs.loki.tenant,
      monitoring: monitoringOf(settings),
      ...releaseOptions(settings, "alloy"),
    },
    after(base, base.cilium),
  );
}
