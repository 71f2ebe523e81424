import { Certificates } from "../../components/certificates/certificates.js";
import { CertManager } from "../../components/certificates/certManager.js";
import { DnsApiToken } from "../../components/certificates/dnsApiToken.js";
import { Issuers } from "../../components/certificates/issuers.js";
import { addOnNamespaces } from "../../components/common/addOnNamespaces.js";
import { monitoringOf } from "../settings/derived/monitoring.js";
import { releaseOptions } from "../settings/derived/release.js";
import type { Settings } from "../settings/index.js";
import { after, namespaceIn, type ClusterBase } from "./cluster.js";

/** cert-manager, its issuers, and the certificates they issue. */
export function certificates(
  settings: Settings,
  base: ClusterBase,
): { issuers: Issuers; certificates: Certificates } {
  const { cluster } = settings;
  const { acme, certificates, token, waitSeconds, zone } = settings.certificates;
  const namespace = namespaceIn(base, addOnNamespaces.certManager);
  const dnsApiToken = new DnsApiToken(
    "dns-api-token",
    { zone, ...token, secretNamespace: namespace, cluster: cluster.name },
    base.options,
  );
  const certManager = new CertManager(
    "cert-manager",
    {
      namespace,
      recursiveNameservers: acme.recursiveNameservers,
      monitoring: monitoringOf(settings),
      ...releaseOptions(settings, "cert-manager"),
    },
    after(base, base.cilium),
  );
  const issuers = new Issuers(
    "issuers",
    {
      zone,
      email: acme.email,
      acmeEnvironment: acme.environment,
      cnameStrategy: acme.cnameStrategy === "Follow" ? "Follow" : undefined,
      namespace,
      tokenSecretName: dnsApiToken.secretName,
      internalDomains: [zone, "svc", cluster.dnsDomain],
      timeoutSeconds: waitSeconds,
    },
    after(base, certManager),
  );
  return {
    issuers,
    certificates: new Certificates(
      "certificates",
      { certificates, acmeEnvironment: acme.environment, timeoutSeconds: waitSeconds },
      after(base, issuers, base.namespaces),
    ),
  };
}
