import { createPrivateKey, X509Certificate } from "node:crypto";
import { issuerInUse, type CertificateArgs } from "../../../../components/certificates/certificates.js";
import { acmeIssuerNames } from "../../../../components/certificates/issuers.js";
import { failed, judged, unchecked, type Finding } from "../../claim.js";
import { conditionOf, read, type Condition, type KubeObject } from "../../cluster/objects.js";
import type { Target } from "../../cluster/target.js";
import { needsRealPods } from "../../cluster/workloads.js";

const api = "/apis/cert-manager.io/v1";

type Certificate = KubeObject & {
  spec: { secretName: string; dnsNames?: string[]; issuerRef: { name: string; kind?: string } };
  status?: { conditions?: Condition[]; notAfter?: string; renewalTime?: string };
};

interface Wanted {
  wanted: CertificateArgs;
  label: string;
  issuer: string;
  found: Certificate | undefined;
}

/** The certificates of the settings, each with the object in the cluster. */
async function certificates({ api: cluster, settings }: Target): Promise<Wanted[]> {
  const { certificates: list, acme } = settings.certificates;
  return Promise.all(
    list.map(async (wanted) => ({
      wanted,
      label: `${wanted.namespace}/${wanted.name}`,
      issuer: issuerInUse(wanted.issuer, acme.environment),
      found: await read<Certificate>(
        cluster,
        `${api}/namespaces/${wanted.namespace}/certificates/${wanted.name}`,
      ),
    })),
  );
}

const none = unchecked("the stack's settings list no certificate (certificates.certificates)");

/** Whether the certificates are asked for as the settings say. */
export async function requested(target: Target): Promise<Finding> {
  const all = await certificates(target);
  if (all.length === 0) return none;
  return judged(
    all.flatMap(({ wanted, label, issuer, found }) => {
      if (!found) return [`there is no Certificate ${label}`];
      const { secretName, dnsNames = [], issuerRef } = found.spec;
      const differs = (what: string, is: string, should: string): string[] =>
        is === should ? [] : [`${label} has ${what} ${is}, not ${should}`];
      return [
        ...differs("the names", dnsNames.join(", "), wanted.dnsNames.join(", ")),
        ...differs(
          "the issuer",
          `${issuerRef.kind ?? "Issuer"} ${issuerRef.name}`,
          `ClusterIssuer ${issuer}`,
        ),
        ...differs("the Secret", secretName, wanted.secretName),
      ];
    }),
    all.map(({ wanted, label, issuer }) => `${label} (${issuer}): ${wanted.dnsNames.join(", ")}`).join("; "),
  );
}

/** Whether they are issued: what the Secrets hold is looked at, not only what cert-manager says. */
export async function issued(target: Target): Promise<Finding> {
  const all = await certificates(target);
  if (all.length === 0) return none;
  const silent = all.filter(({ found }) => found && !conditionOf(found, "Ready"));
  if (target.simulatedPods && silent.length > 0) {
    return needsRealPods(`${silent.map(({ label }) => label).join(", ")}: cert-manager has issued nothing`);
  }
  const problems: string[] = [];
  const seen: string[] = [];
  for (const { wanted, label, issuer, found } of all) {
    if (!found) {
      problems.push(`there is no Certificate ${label}`);
      continue;
    }
    const ready = conditionOf(found, "Ready");
    if (ready?.status !== "True") {
      problems.push(`${label} is not Ready: ${ready?.message ?? "cert-manager has not answered"}`);
      continue;
    }
    const path = `/api/v1/namespaces/${wanted.namespace}/secrets/${wanted.secretName}`;
    const secret = await read<{ data?: Record<string, string> }>(target.api, path);
    const pem = secret?.data?.["tls.crt"];
    if (pem === undefined) {
      problems.push(`the Secret ${wanted.namespace}/${wanted.secretName} holds no certificate`);
      continue;
    }
    const chain = certificatesIn(Buffer.from(pem, "base64").toString());
    const [certificate] = chain;
    if (!certificate) {
      problems.push(`the Secret ${wanted.namespace}/${wanted.secretName} holds no certificate`);
      continue;
    }
    problems.push(
      ...[
        ...certificateProblems(certificate, wanted.dnsNames),
        ...keyProblems(certificate, secret?.data?.["tls.key"]),
        ...chainProblems(chain, issuer, authoritiesOf(issuer, secret?.data?.["ca.crt"], target.roots)),
      ].map((problem) => `${label} ${problem}`),
    );
    seen.push(`${label} until ${certificate.validTo}`);
  }
  return judged(problems, seen.join(", "));
}

function certificatesIn(pem: string): X509Certificate[] {
  const found = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  return found.map((text) => new X509Certificate(text));
}

/** Whether the key that lies next to a certificate is its own. */
function keyProblems(certificate: X509Certificate, key: string | undefined): string[] {
  if (!key) return ["has no private key in its Secret"];
  try {
    const privateKey = createPrivateKey(Buffer.from(key, "base64"));
    return certificate.checkPrivateKey(privateKey)
      ? []
      : ["has another certificate's private key in its Secret"];
  } catch {
    return ["has a private key in its Secret that cannot be read"];
  }
}

/** Authorities that clients of a certificate trust: the web's, or those that cert-manager writes next to it. */
function authoritiesOf(
  issuer: string,
  ca: string | undefined,
  roots: readonly string[],
): X509Certificate[] | undefined {
  // Nobody trusts the roots of Let's Encrypt's staging environment, and they come with no certificate.
  if (issuer === acmeIssuerNames.staging) return undefined;
  if (issuer === acmeIssuerNames.production) return roots.map((pem) => new X509Certificate(pem));
  return certificatesIn(Buffer.from(ca ?? "", "base64").toString());
}

/** Whether each certificate is signed by the next one, and the last one by an authority. */
function chainProblems(
  chain: X509Certificate[],
  issuer: string,
  authorities: X509Certificate[] | undefined,
): string[] {
  const signs = (by: X509Certificate, certificate: X509Certificate) =>
    certificate.checkIssued(by) && certificate.verify(by.publicKey);
  const broken = chain.slice(1).some((next, index) => !signs(next, chain[index]!));
  if (broken) return ["has a chain in which one certificate is not signed by the next"];
  const last = chain.at(-1)!;
  const isTrusted =
    authorities?.some((authority) => signs(authority, last) || authority.raw.equals(last.raw)) ?? true;
  return isTrusted ? [] : [`is signed by ${subjectOf(last.issuer)}, whom clients of ${issuer} do not trust`];
}

const subjectOf = (name: string): string => name.split("\n").at(-1) ?? name;

/** What is wrong with a certificate that should be good for these names now. */
function certificateProblems(certificate: X509Certificate, dnsNames: string[], now = new Date()): string[] {
  const names = (certificate.subjectAltName ?? "").split(", ");
  return [
    ...dnsNames.filter((name) => !names.includes(`DNS:${name}`)).map((name) => `is not for ${name}`),
    ...(now < new Date(certificate.validFrom) ? [`is not valid before ${certificate.validFrom}`] : []),
    ...(now > new Date(certificate.validTo) ? [`has expired on ${certificate.validTo}`] : []),
  ];
}

/** Whether each has a renewal planned in time. */
export async function renewed(target: Target): Promise<Finding> {
  const all = (await certificates(target)).filter(({ found }) => found);
  if (all.length === 0) return failed("none of the certificates is there");
  const planned = all.filter(({ found }) => found!.status?.renewalTime);
  if (planned.length === 0 && target.simulatedPods)
    return needsRealPods("cert-manager has planned no renewal");
  const now = Date.now();
  return judged(
    all.flatMap(({ label, found }) => {
      const { renewalTime, notAfter } = found!.status ?? {};
      if (!renewalTime || !notAfter) return [`${label} has no renewal planned`];
      if (Date.parse(renewalTime) >= Date.parse(notAfter))
        return [`${label} would be renewed after it expires`];
      return Date.parse(renewalTime) < now ? [`${label} should have been renewed on ${renewalTime}`] : [];
    }),
    planned.map(({ label, found }) => `${label} on ${found!.status!.renewalTime}`).join(", "),
  );
}
