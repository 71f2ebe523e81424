import { isIP } from "node:net";
// The library looks for it while it is loaded.
import "reflect-metadata";
import * as x509 from "@peculiar/x509";
import ipaddr from "ipaddr.js";
import type { Values } from "../standIn.js";

const { KeyUsageFlags, ExtendedKeyUsage } = x509;

/** Flags of the extension KeyUsage (RFC 5280 section 4.2.1.3) by the names the tls provider takes. */
const keyUsages: Record<string, x509.KeyUsageFlags> = {
  digital_signature: KeyUsageFlags.digitalSignature,
  content_commitment: KeyUsageFlags.nonRepudiation,
  key_encipherment: KeyUsageFlags.keyEncipherment,
  data_encipherment: KeyUsageFlags.dataEncipherment,
  key_agreement: KeyUsageFlags.keyAgreement,
  cert_signing: KeyUsageFlags.keyCertSign,
  crl_signing: KeyUsageFlags.cRLSign,
  encipher_only: KeyUsageFlags.encipherOnly,
  decipher_only: KeyUsageFlags.decipherOnly,
};

/** Purposes of the extension ExtendedKeyUsage (section 4.2.1.12). */
const extendedKeyUsages: Record<string, string> = {
  any_extended: "2.5.29.37.0",
  server_auth: ExtendedKeyUsage.serverAuth,
  client_auth: ExtendedKeyUsage.clientAuth,
  code_signing: ExtendedKeyUsage.codeSigning,
  email_protection: ExtendedKeyUsage.emailProtection,
  timestamping: ExtendedKeyUsage.timeStamping,
  ocsp_signing: ExtendedKeyUsage.ocspSigning,
};

/** The extensions of a certificate signed with its own key, so that its issuer's key is its own as well. */
export async function extensions(inputs: Values, publicKey: x509.PublicKey): Promise<x509.Extension[]> {
  const uses = ((inputs["allowedUses"] ?? []) as string[]).map(snakeCase);
  const usage = uses.reduce((flags, use) => flags | (keyUsages[use] ?? 0), 0);
  const extended = uses.flatMap((use) => extendedKeyUsages[use] ?? []);
  const authority = inputs["isCaCertificate"] === true;
  return [
    ...(usage ? [new x509.KeyUsagesExtension(usage, true)] : []),
    ...(extended.length > 0 ? [new x509.ExtendedKeyUsageExtension(extended)] : []),
    new x509.BasicConstraintsExtension(authority, undefined, true),
    ...(authority || inputs["setSubjectKeyId"]
      ? [await x509.SubjectKeyIdentifierExtension.create(publicKey)]
      : []),
    ...(inputs["setAuthorityKeyId"] ? [await x509.AuthorityKeyIdentifierExtension.create(publicKey)] : []),
    ...alternativeNames(inputs),
  ];
}

/** The extension SubjectAltName, if there is any such name. */
export function alternativeNames(inputs: Values): x509.Extension[] {
  const texts = (property: string) => (inputs[property] ?? []) as string[];
  const names: x509.JsonGeneralNames = [
    ...texts("dnsNames").map((value) => ({ type: x509.DNS, value }) as const),
    ...texts("ipAddresses").map((address) => ({ type: x509.IP, value: canonical(address) }) as const),
    ...texts("uris").map((value) => ({ type: x509.URL, value }) as const),
  ];
  return names.length > 0 ? [new x509.SubjectAlternativeNameExtension(names)] : [];
}

/** The library misreads an IPv6 address that ends like one of IPv4. */
function canonical(address: string): string {
  if (!isIP(address)) throw new Error(`ipAddresses: ${address} is no IP address`);
  return ipaddr.process(address).toString();
}

/** Uses may be written in snake case and in camel case. */
function snakeCase(use: string): string {
  return use.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
