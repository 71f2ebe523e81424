import { addOnNamespaces } from "../common/addOnNamespaces.js";
import { type Alert, type AlertGroup, exporters, orAbsent } from "../monitoring/alert.js";

export interface CertificateAlertsArgs {
  /** Certificates that cert-manager keeps issued. */
  certificates: readonly { name: string; namespace: string }[];
  /** When the Cloudflare token expires, in UTC, such as 2027-12-31T00:00:00Z. */
  tokenExpiresOn: string;
}

const days = 24 * 3600;

/** Alerts about certificates and the token behind them. */
export function certificateAlerts(args: CertificateAlertsArgs): AlertGroup[] {
  return [{ name: "homelab.certificates", alerts: [...issuing(args.certificates), token(args)] }];
}

function issuing(certificates: CertificateAlertsArgs["certificates"]): Alert[] {
  const runbook =
    "kubectl get certificates,certificaterequests,orders,challenges --all-namespaces; " +
    `kubectl -n ${addOnNamespaces.certManager} logs deployment/cert-manager`;
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
function token({ tokenExpiresOn }: CertificateAlertsArgs): Alert {
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
