import { type Alert, type AlertGroup, exporters, ifAbsent, orAbsent } from "../monitoring/alert.js";

/** Alerts about the audit log. An API server that runs is called all the time, and with our policy that leaves events. */
export function auditAlerts(): AlertGroup[] {
  const runbook =
    "on the node: grep audit /etc/kubernetes/manifests/kube-apiserver.yaml; ls -l /var/log/kubernetes/audit; df -h /var/log";
  const alerts: Alert[] = [
    {
      alert: "AuditLogSilent",
      expr: orAbsent("increase(apiserver_audit_event_total[15m]) == 0", "15m", [
        "apiserver_audit_event_total",
      ]),
      for: "10m",
      severity: "critical",
      summary: "An API server writes no audit log",
      description: ifAbsent(
        "No API server has reported audit events for a quarter of an hour.",
        "The API server {{ $labels.instance }} has made no audit event for a quarter of an hour.",
      ),
      exporter: exporters.apiServer,
      runbook,
    },
    {
      alert: "AuditEventsLost",
      expr: "increase(apiserver_audit_error_total[15m]) > 0",
      for: "0m",
      severity: "critical",
      summary: "Audit events were lost",
      description: "The API server {{ $labels.instance }} could not write some audit events.",
      exporter: exporters.apiServer,
      runbook,
    },
  ];
  return [{ name: "homelab.audit", alerts }];
}
