import {
  createPrivateKey,
  createPublicKey,
  randomFillSync,
  sign as signWithCallback,
  type KeyObject,
} from "node:crypto";
import { promisify } from "node:util";
// The library looks for it while it is loaded.
import "reflect-metadata";
import * as x509 from "@peculiar/x509";
import { keyUsages, subjectNames } from "./certificateInputs.js";
import type { Created, Values } from "./standIn.js";

const sign = promisify(signWithCallback);

/** What the outputs call a type of key, and its signature algorithm in the terms of WebCrypto. */
const algorithms = {
  rsa: { keyAlgorithm: "RSA", signature: { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" } },
  ec: { keyAlgorithm: "ECDSA", signature: { name: "ECDSA", hash: "SHA-256" } },
  ed25519: { keyAlgorithm: "ED25519", signature: { name: "Ed25519" } },
};

/** Bytes of each of the two numbers of an ECDSA signature, by OpenSSL's name of the curve. */
const numberSizes = { secp224r1: 28, prime256v1: 32, secp384r1: 48, secp521r1: 66 };
for (const [curve, size] of Object.entries(numberSizes)) {
  x509.AsnEcSignatureFormatter.namedCurveSize.set(curve, size);
}

/** What the library asks of WebCrypto. Node's own knows no P-224, which is the tls provider's default curve. */
const webCrypto = {
  getRandomValues: randomFillSync,
  subtle: {
    exportKey: (_format: "spki", key: x509.PublicKey) => Promise.resolve(key.rawData),
    sign: (_algorithm: object, key: KeyObject, content: ArrayBuffer) =>
      sign(key.asymmetricKeyType === "ed25519" ? null : "sha256", new Uint8Array(content), {
        key,
        dsaEncoding: "ieee-p1363",
      }),
  },
};

/** Makes what the resource SelfSignedCert makes: an X.509 certificate (RFC 5280) signed with its own key. */
export async function selfSigned(inputs: Values): Promise<Created> {
  const { keys, keyAlgorithm, signingAlgorithm } = signer(inputs);
  const notBefore = new Date();
  const notAfter = new Date(notBefore.getTime() + (inputs["validityPeriodHours"] as number) * 3_600_000);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned(
    {
      name: subject(inputs),
      notBefore,
      notAfter,
      keys,
      signingAlgorithm,
      extensions: extensions(inputs),
    },
    webCrypto,
  );
  return {
    id: BigInt(`0x${certificate.serialNumber}`).toString(),
    outputs: {
      certPem: `${certificate.toString("pem")}\n`,
      keyAlgorithm,
      validityStartTime: rfc3339(notBefore),
      validityEndTime: rfc3339(notAfter),
      readyForRenewal: false,
      isCaCertificate: false,
      earlyRenewalHours: inputs["earlyRenewalHours"] ?? 0,
      setSubjectKeyId: false,
      setAuthorityKeyId: false,
    },
  };
}

/** Makes what the resource CertRequest makes: a PKCS #10 request (RFC 2986). */
export async function certificateRequest(inputs: Values): Promise<Created> {
  const { keys, keyAlgorithm, signingAlgorithm } = signer(inputs);
  const request = await x509.Pkcs10CertificateRequestGenerator.create(
    { name: subject(inputs), keys, signingAlgorithm },
    webCrypto,
  );
  const id = randomFillSync(Buffer.alloc(20)).toString("hex");
  return { id, outputs: { certRequestPem: `${request.toString("pem")}\n`, keyAlgorithm } };
}

function signer(inputs: Values) {
  const privateKey = createPrivateKey(inputs["privateKeyPem"] as string);
  const publicKey = new x509.PublicKey(createPublicKey(privateKey).export({ type: "spki", format: "der" }));
  const { keyAlgorithm, signature } = algorithms[privateKey.asymmetricKeyType as keyof typeof algorithms];
  const { namedCurve } = privateKey.asymmetricKeyDetails!;
  return { keys: { privateKey, publicKey }, keyAlgorithm, signingAlgorithm: { ...signature, namedCurve } };
}

function extensions({ allowedUses = [] }: Values): x509.Extension[] {
  const usage = (allowedUses as string[]).reduce((flags, use) => flags | (1 << keyUsages.indexOf(use)), 0);
  const isFor = usage ? [new x509.KeyUsagesExtension(usage, true)] : [];
  return [...isFor, new x509.BasicConstraintsExtension(false, undefined, true)];
}

function subject(inputs: Values): x509.Name {
  const parts = (inputs["subject"] ?? {}) as Values;
  return new x509.Name(
    Object.entries(subjectNames)
      .filter(([property]) => parts[property] !== undefined)
      .map(([property, name]) => ({ [name]: [{ utf8String: String(parts[property]) }] })),
  );
}

function rfc3339(moment: Date): string {
  return moment.toISOString().replace(/\.\d+Z$/, "Z");
}
