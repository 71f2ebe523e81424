import { choice, didYouMean, takeOut } from "../../../components/common/mend.js";
import { repositorySecret, credentialsSecret } from "../../../components/backups/veleroValues.js";
import { internalCaName } from "../../../components/certificates/internalCa.js";
import { accountKeySecret } from "../../../components/certificates/issuers.js";
import { dnsApiTokenSecret } from "../../../components/certificates/dnsApiToken.js";
import { addOnNamespaces, systemNamespace } from "../../../components/common/addOnNamespaces.js";
import { harborSecrets } from "../../../components/registry/harborCredentials.js";
import { harborTlsSecret } from "../../../components/registry/harborValues.js";
import { sealingKeySecret } from "../../../components/secrets/sealingKeys.js";
import { harborHostname, hostTable } from "../derived/hostname.js";
import { isPublic } from "../fields/networks.js";
import type { Settings } from "../schema.js";
import type { Report } from "./index.js";
import { letsEncryptRules, wildcardFor } from "./letsEncrypt.js";

/** Certificates, their names and the Secrets that hold them. */
export function certificateRules(settings: Settings, report: Report): void {
  sourcesArePublic(settings, report);
  namesLieInTheZone(settings, report);
  namesStandOnce(settings, report);
  letsEncryptRules(settings, report);
  namesAreFree(settings, report);
  secretsAreFree(settings, report);
  harborCertificateExists(settings, report);
  hostsBelongToTheirNamespace(settings, report);
  portsDiffer(settings, report);
}

/** What admission would refuse of the program's own; where it only warns, certificates that exist stay. */
function hostsBelongToTheirNamespace(settings: Settings, report: Report): void {
  const { access, certificates, gateway, registry } = settings;
  const harbor = registry.enabled ? harborHostname(settings) : undefined;
  gateway.hosts.forEach(({ name, namespace }, index) => {
    if (name === harbor && namespace !== addOnNamespaces.harbor)
      report(
        ["gateway", "hosts", index],
        `${name} is Harbor's and belongs to ${addOnNamespaces.harbor}`,
        takeOut,
      );
  });
  if (access.admission.action === "warn") return;
  const table = hostTable(settings);
  certificates.certificates.forEach(({ namespace, dnsNames }, index) => {
    if (namespace === gateway.namespace) return;
    dnsNames.forEach((name, position) => {
      const taken = Object.keys(table).find(
        (host) => table[host] !== namespace && (host === name || wildcardEnds(name, host)),
      );
      if (taken !== undefined)
        report(
          ["certificates", "certificates", index, "dnsNames", position],
          `${name} takes ${taken}, which belongs to ${table[taken]} (gateway.hosts); that namespace and the Gateway's, ${gateway.namespace}, have its certificates`,
        );
    });
  });
}

/** True for a wildcard that stands for the host, or for a name above it. */
function wildcardEnds(name: string, host: string): boolean {
  return name.startsWith("*.") && host.endsWith(name.slice(1));
}

/** A Gateway has one listener of a port and a host. */
function portsDiffer({ gateway }: Settings, report: Report): void {
  const { httpPort, httpsPort, listener, redirectHttp } = gateway;
  if (redirectHttp && listener === undefined && httpPort === httpsPort)
    report(
      ["gateway", "httpPort"],
      `${httpPort} is gateway.httpsPort as well, and the redirect would lead to itself`,
      choice("give the port of the listener for HTTP"),
    );
}

function sourcesArePublic({ certificates }: Settings, report: Report): void {
  certificates.token.allowedCidrs.forEach((network, index) => {
    if (!isPublic(network))
      report(
        ["certificates", "token", "allowedCidrs", index],
        `${network} is not a public network; Cloudflare sees the public address that requests come from`,
      );
  });
}

/** True for the zone itself and every name below it. */
function inZone(name: string, zone: string): boolean {
  return name === zone || name.endsWith(`.${zone}`);
}

function namesLieInTheZone({ certificates, registry }: Settings, report: Report): void {
  const { zone } = certificates;
  certificates.certificates.forEach((certificate, index) => {
    certificate.dnsNames.forEach((name, position) => {
      if (inZone(name, zone)) return;
      report(
        ["certificates", "certificates", index, "dnsNames", position],
        `${name} does not lie in certificates.zone ${zone}`,
      );
    });
  });
  if (registry.hostname && !inZone(registry.hostname, zone)) {
    report(["registry", "hostname"], `${registry.hostname} does not lie in certificates.zone ${zone}`);
  }
}

function namesStandOnce({ certificates }: Settings, report: Report): void {
  certificates.certificates.forEach(({ dnsNames }, index) => {
    dnsNames.forEach((name, position) => {
      if (dnsNames.indexOf(name) < position)
        report(
          ["certificates", "certificates", index, "dnsNames", position],
          `${name} stands in the list already`,
          takeOut,
        );
    });
  });
}

/** Secrets that the program or a chart writes, by namespace. */
const takenSecrets = new Map<string, readonly string[]>(
  Object.entries({
    [addOnNamespaces.harbor]: [
      ...Object.values(harborSecrets),
      ...["core", "database", "exporter", "jobservice", "nginx", "registry", "registryctl", "trivy"].map(
        (part) => `harbor-${part}`,
      ),
      "harbor-registry-htpasswd",
    ],
    [addOnNamespaces.certManager]: [
      dnsApiTokenSecret.name,
      internalCaName,
      ...(["production", "staging"] as const).map(accountKeySecret),
      "cert-manager-webhook-ca",
    ],
    [addOnNamespaces.velero]: [repositorySecret.name, credentialsSecret.name],
    [systemNamespace]: ["cilium-ca", "hubble-relay-client-certs", "hubble-server-certs"],
  }),
);

/** A name joins the namespace for Pulumi, and the authority of the cluster has a certificate of its own. */
function namesAreFree({ certificates: { certificates } }: Settings, report: Report): void {
  const joined = certificates.map(({ namespace, name }) => `${namespace}-${name}`);
  certificates.forEach(({ namespace, name }, index) => {
    const first = joined.indexOf(joined[index]!);
    const isOwn = namespace === addOnNamespaces.certManager && name === internalCaName;
    const problem = isOwn
      ? `${name} in ${namespace} is the certificate of internal-ca itself`
      : first < index && certificates[first]!.name !== name
        ? `${namespace}/${name} and certificates.certificates[${first}] are both ${joined[index]} to Pulumi`
        : undefined;
    if (problem)
      report(["certificates", "certificates", index, "name"], problem, choice("take another name"));
  });
}

function secretsAreFree({ certificates, secrets: { sealingKeys } }: Settings, report: Report): void {
  const keys = sealingKeys.map(({ name }) => `${systemNamespace}/${sealingKeySecret(name)}`);
  const secrets = certificates.certificates.map(({ namespace, secretName }) => `${namespace}/${secretName}`);
  certificates.certificates.forEach(({ namespace, secretName }, index) => {
    const path = ["certificates", "certificates", index, "secretName"];
    const first = secrets.indexOf(`${namespace}/${secretName}`);
    if (first < index)
      report(
        path,
        `${secretName} is written by certificates.certificates[${first}] already; each certificate has its own Secret`,
      );
    const isTaken =
      takenSecrets.get(namespace)?.includes(secretName) === true ||
      /^sh\.helm\.release\.|^bootstrap-token-/.test(secretName);
    if (isTaken || keys.includes(`${namespace}/${secretName}`))
      report(
        path,
        `${secretName} in ${namespace} holds other credentials, which the certificate would overwrite`,
        choice("take another name"),
      );
  });
}

/** Harbor's nginx ends TLS with the Secret of a certificate that has to be declared. */
function harborCertificateExists(settings: Settings, report: Report): void {
  const { certificates, registry } = settings;
  if (!registry.enabled || registry.tlsAt !== "nginx") return;
  if (certificates.acme.environment === "staging") {
    report(
      ["registry", "tlsAt"],
      "the Gateway trusts no certificate of Let's Encrypt's staging environment",
      choice("set tlsAt: gateway while acme.environment is staging"),
    );
  }
  const hostname = harborHostname(settings);
  const index = certificates.certificates.findIndex(
    ({ name, namespace }) => name === "harbor-tls" && namespace === addOnNamespaces.harbor,
  );
  const certificate = certificates.certificates[index];
  const path = ["certificates", "certificates", index];
  if (!certificate) {
    report(
      ["registry", "tlsAt"],
      "nginx needs the certificate harbor-tls in namespace harbor",
      choice("add it to certificates.certificates or set tlsAt: gateway"),
    );
    return;
  }
  if (certificate.secretName !== harborTlsSecret) {
    report(
      [...path, "secretName"],
      `Harbor's nginx reads its certificate from ${harborTlsSecret}, not from ${certificate.secretName}`,
      didYouMean(harborTlsSecret),
    );
  }
  if (certificate.issuer !== "letsencrypt-prod") {
    report(
      [...path, "issuer"],
      `the Gateway trusts Harbor's nginx by the authorities of its system, and ${certificate.issuer} is none of them`,
      choice("take letsencrypt-prod, or set registry.tlsAt: gateway"),
    );
  }
  if (!certificate.dnsNames.some((name) => covers(name, hostname))) {
    report(
      ["registry", "hostname"],
      `${hostname} is not among the names of certificate harbor-tls: ${certificate.dnsNames.join(", ")}`,
    );
  }
}

/** Whether a name of a certificate is a host name, or a wildcard for it (RFC 6125, 6.4.3). */
function covers(name: string, hostname: string): boolean {
  return name === hostname || name === wildcardFor(hostname);
}
