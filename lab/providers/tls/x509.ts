import { createHash, createPublicKey, sign, type KeyObject } from "node:crypto";
import { isIPv4, isIPv6 } from "node:net";
import type { Values } from "../standIn.js";
import { bits, boolean, der, objectIdentifier, octets, sequence } from "./der.js";

/** Bits of the extension KeyUsage, first bit first (RFC 5280 section 4.2.1.3), by the names the tls provider takes. */
const keyUsages = [
  "digital_signature",
  "content_commitment",
  "key_encipherment",
  "data_encipherment",
  "key_agreement",
  "cert_signing",
  "crl_signing",
  "encipher_only",
  "decipher_only",
];

/** Object identifiers of the extension ExtendedKeyUsage (section 4.2.1.12). */
const extendedKeyUsages: Record<string, string> = {
  any_extended: "2.5.29.37.0",
  server_auth: "1.3.6.1.5.5.7.3.1",
  client_auth: "1.3.6.1.5.5.7.3.2",
  code_signing: "1.3.6.1.5.5.7.3.3",
  email_protection: "1.3.6.1.5.5.7.3.4",
  timestamping: "1.3.6.1.5.5.7.3.8",
  ocsp_signing: "1.3.6.1.5.5.7.3.9",
};

/** Object identifiers of the parts of a subject, in the order Go writes them. */
const subjectNames: Record<string, string> = {
  country: "2.5.4.6",
  organization: "2.5.4.10",
  organizationalUnit: "2.5.4.11",
  locality: "2.5.4.7",
  province: "2.5.4.8",
  commonName: "2.5.4.3",
};

/** Signature algorithms by type of key, with the name the outputs give them. */
const algorithms = {
  rsa: {
    encoded: sequence(objectIdentifier("1.2.840.113549.1.1.11"), der(0x05)),
    digest: "sha256",
    name: "RSA",
  },
  ec: { encoded: sequence(objectIdentifier("1.2.840.10045.4.3.2")), digest: "sha256", name: "ECDSA" },
  ed25519: { encoded: sequence(objectIdentifier("1.3.101.112")), digest: null, name: "ED25519" },
};

export function algorithmOf(key: KeyObject) {
  return algorithms[key.asymmetricKeyType as keyof typeof algorithms];
}

export function publicKeyOf(privateKey: KeyObject): Buffer {
  return createPublicKey(privateKey).export({ type: "spki", format: "der" });
}

/** What is signed, the algorithm, and the signature: the frame of certificates and of requests for them. */
export function signed(label: string, content: Buffer, privateKey: KeyObject): string {
  const { encoded, digest } = algorithmOf(privateKey);
  return pem(label, sequence(content, encoded, bits(sign(digest, content, privateKey))));
}

export function subject(parts: Values): Buffer {
  return sequence(
    ...Object.entries(subjectNames).flatMap(([property, identifier]) =>
      parts[property] === undefined
        ? []
        : [
            der(
              0x31,
              sequence(objectIdentifier(identifier), der(0x0c, Buffer.from(String(parts[property])))),
            ),
          ],
    ),
  );
}

export function extensions(inputs: Values, publicKey: Buffer): Buffer[] {
  const uses = ((inputs["allowedUses"] ?? []) as string[]).map(snakeCase);
  const usage = keyUsages.reduce((sum, use, bit) => (uses.includes(use) ? sum | (0x8000 >> bit) : sum), 0);
  const extended = uses.flatMap((use) => extendedKeyUsages[use] ?? []);
  const authority = inputs["isCaCertificate"] === true;
  // Any digest of the public key identifies it (RFC 5280 section 4.2.1.2).
  const keyId = createHash("sha1").update(publicKey).digest();
  return [
    ...(usage ? [extension("2.5.29.15", keyUsage(usage), true)] : []),
    ...(extended.length > 0 ? [extension("2.5.29.37", sequence(...extended.map(objectIdentifier)))] : []),
    extension("2.5.29.19", sequence(...(authority ? [boolean(true)] : [])), true),
    ...(authority || inputs["setSubjectKeyId"] ? [extension("2.5.29.14", octets(keyId))] : []),
    ...(inputs["setAuthorityKeyId"] ? [extension("2.5.29.35", sequence(der(0x80, keyId)))] : []),
    ...alternativeNames(inputs),
  ];
}

/** The extension SubjectAltName, if there is any such name. */
export function alternativeNames(inputs: Values): Buffer[] {
  const names = [
    ...textNames(0x82, inputs["dnsNames"]),
    ...((inputs["ipAddresses"] ?? []) as string[]).map((address) => der(0x87, addressBytes(address))),
    ...textNames(0x86, inputs["uris"]),
  ];
  return names.length > 0 ? [extension("2.5.29.17", sequence(...names))] : [];
}

function extension(identifier: string, value: Buffer, critical = false): Buffer {
  return sequence(objectIdentifier(identifier), ...(critical ? [boolean(true)] : []), octets(value));
}

/** Zeros at the end of a named bit list are left out. */
function keyUsage(usage: number): Buffer {
  const bytes = Buffer.from([usage >> 8, usage & 0xff]);
  const used = usage & 0xff ? bytes : bytes.subarray(0, 1);
  const last = used[used.length - 1]!;
  return bits(used, Math.log2(last & -last));
}

function textNames(tag: number, names: unknown): Buffer[] {
  return ((names ?? []) as string[]).map((name) => der(tag, Buffer.from(name)));
}

function addressBytes(address: string): Buffer {
  if (isIPv4(address)) return Buffer.from(address.split(".").map(Number));
  if (!isIPv6(address)) throw new Error(`ipAddresses: ${address} is no IP address`);
  const [head, tail] = address.split("::").map((part) => part.split(":").filter(Boolean));
  const zeros = tail ? Array<string>(8 - head!.length - tail.length).fill("0") : [];
  const groups = [...head!, ...zeros, ...(tail ?? [])];
  return Buffer.from(groups.map((group) => group.padStart(4, "0")).join(""), "hex");
}

/** Uses may be written in snake case and in camel case. */
function snakeCase(use: string): string {
  return use.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function pem(label: string, encoded: Buffer): string {
  const lines = encoded.toString("base64").match(/.{1,64}/g)!;
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ""].join("\n");
}
