import { type Alert, type AlertGroup, exporters, ifAbsent, orAbsent } from "./alert.js";

export interface AccessAlertsArgs {
  /** Certificates that cert-manager keeps issued. */
  certificates: readonly { name: string; namespace: string }[];
  /** When the Cloudflare token expires, in UTC, such as 2027-12-31T00:00:00Z. */
  tokenExpiresOn: string;
}

const days = 24 * 3600;

/** Alerts about what lets people in, or says who came: certificates, the token behind them, and the audit log. */
export function accessAlerts(args: AccessAlertsArgs): AlertGroup[] {
  return [
    { name: "homelab.certificates", alerts: [...certificateAlerts(args.certificates), token(args)] },
    { name: "homelab.audit", alerts: auditAlerts() },
  ];
}

function certificateAlerts(certificates: AccessAlertsArgs["certificates"]): Alert[] {
  const runbook =
    "kubectl get certificates,certificaterequests,orders,challenges --all-namespaces; kubectl -n cert-manager logs deployment/cert-manager";
  // The namespace of a certificate is called exported_namespace: `namespace` is that of the scraped pod.
  const name = "{{ $labels.exported_namespace }}/{{ $labels.name }}";
  return [
    {
      alert: "CertificateNotReady",
      expr: orAbsent(
        'certmanager_certificate_ready_status{condition!="True"} == 1',
        "1h",
        certificates.map(
          (certificate) =>
            `certmanager_certificate_ready_status{name="${certificate.name}",exported_namespace="${certificate.namespace}"}`,
        ),
      ),
      for: "30m",
      severity: "critical",
      summary: "A certificate is not ready",
      description: `${name} is not issued, has expired, or is not there.`,
      exporter: exporters.certManager,
      runbook,
    },
    {
      alert: "CertificateExpiresSoon",
      // Renewed 30 of 90 days before its end: two weeks have been lost by then. Zero stands for not issued yet.
      expr: `0 < certmanager_certificate_expiration_timestamp_seconds < time() + ${14 * days}`,
      for: "1h",
      severity: "warning",
      summary: "A certificate is not being renewed",
      description: `${name} expires at {{ $value | humanizeTimestamp }}.`,
      exporter: exporters.certManager,
      runbook,
    },
  ];
}

/** Cloudflare has no exporter, but the date is known when the rule is made. */
function token({ tokenExpiresOn }: AccessAlertsArgs): Alert {
  return {
    alert: "CloudflareTokenExpiresSoon",
    expr: `vector(${Date.parse(tokenExpiresOn) / 1000}) - time() < ${30 * days}`,
    for: "1h",
    severity: "warning",
    summary: "The Cloudflare token expires soon",
    description: `It expires on ${tokenExpiresOn}; without it no certificate is renewed.`,
    exporter: exporters.none,
    runbook: "move certificates.token.expiresOn, raise certificates.token.serial by one, then pulumi up",
  };
}

/** An API server that runs is called all the time, and with our policy that leaves events. */
function auditAlerts(): Alert[] {
  const runbook =
    "on the node: grep audit /etc/kubernetes/manifests/kube-apiserver.yaml; ls -l /var/log/kubernetes/audit; df -h /var/log";
  return [
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
}
