import { createPrivateKey, X509Certificate } from "node:crypto";
import { acmeIssuerNames } from "../../../../components/certificates/issuers.js";
import type { Api } from "../../../../stacks/kubernetes/api.js";
import { read } from "../../cluster/objects.js";
import type { Target } from "../../cluster/target.js";

/** What evidence about Let's Encrypt's issuer has to say where that is not asked. */
export const inPlaceOfLetsEncrypt = ({ acmeStandIn }: Target): string =>
  acmeStandIn
    ? `; ${acmeStandIn.name} stands in for Let's Encrypt, and no browser trusts it; the lab stands in for Cloudflare`
    : "";

/** What a Secret of cert-manager holds, such as tls.crt, as text; empty where there is no such Secret. */
export async function storedTexts(
  api: Api,
  namespace: string,
  name: string,
): Promise<Record<string, string>> {
  const path = `/api/v1/namespaces/${namespace}/secrets/${name}`;
  const { data = {} } = (await read<{ data?: Record<string, string> }>(api, path)) ?? {};
  return Object.fromEntries(
    Object.entries(data).map(([key, value]) => [key, Buffer.from(value, "base64").toString()]),
  );
}

/** The certificates of a text in PEM form, in its order. */
export function certificatesIn(pem: string): X509Certificate[] {
  const found = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  return found.map((text) => new X509Certificate(text));
}

/** Whether the key that lies next to a certificate is its own. */
export function keyProblems(certificate: X509Certificate, key: string | undefined): string[] {
  if (!key) return ["has no private key in its Secret"];
  try {
    const privateKey = createPrivateKey(key);
    return certificate.checkPrivateKey(privateKey)
      ? []
      : ["has another certificate's private key in its Secret"];
  } catch {
    return ["has a private key in its Secret that cannot be read"];
  }
}

/**
 * Authorities that clients of a certificate trust: the web's, or what stands in for them, or those that cert-manager writes
 * next to it.
 */
export function authoritiesOf(
  issuer: string,
  ca: string | undefined,
  { roots, acmeStandIn }: Pick<Target, "roots" | "acmeStandIn">,
): X509Certificate[] | undefined {
  // Nobody trusts the roots of Let's Encrypt's staging environment, and they come with no certificate.
  if (issuer === acmeIssuerNames.staging) return undefined;
  if (issuer === acmeIssuerNames.production)
    return (acmeStandIn ? [acmeStandIn.root] : roots).map((pem) => new X509Certificate(pem));
  return certificatesIn(ca ?? "");
}

/** Whether each certificate is signed by the next one, and the last one by an authority. */
export function chainProblems(
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
export function certificateProblems(
  certificate: X509Certificate,
  dnsNames: string[],
  now = new Date(),
): string[] {
  const names = (certificate.subjectAltName ?? "").split(", ");
  return [
    ...dnsNames.filter((name) => !names.includes(`DNS:${name}`)).map((name) => `is not for ${name}`),
    ...(now < new Date(certificate.validFrom) ? [`is not valid before ${certificate.validFrom}`] : []),
    ...(now > new Date(certificate.validTo) ? [`has expired on ${certificate.validTo}`] : []),
  ];
}
