import { createPrivateKey, randomBytes } from "node:crypto";
import type { Created, Values } from "../standIn.js";
import { der, integer, objectIdentifier, sequence, time } from "./der.js";
import { algorithmOf, alternativeNames, extensions, publicKeyOf, signed, subject } from "./x509.js";

/** Makes what the resource SelfSignedCert makes: an X.509 certificate (RFC 5280) signed with its own key. */
export function selfSigned(inputs: Values): Created {
  const privateKey = createPrivateKey(inputs["privateKeyPem"] as string);
  const publicKey = publicKeyOf(privateKey);
  const from = new Date();
  const until = new Date(from.getTime() + (inputs["validityPeriodHours"] as number) * 3_600_000);
  // Positive, and not longer than RFC 5280 allows.
  const serial = Buffer.concat([Buffer.from([1]), randomBytes(15)]);
  const name = subject((inputs["subject"] ?? {}) as Values);
  const content = sequence(
    der(0xa0, integer(Buffer.from([2]))), // version 3
    integer(serial),
    algorithmOf(privateKey).encoded,
    name,
    sequence(time(from), time(until)),
    name,
    publicKey,
    der(0xa3, sequence(...extensions(inputs, publicKey))),
  );
  return {
    id: BigInt(`0x${serial.toString("hex")}`).toString(),
    outputs: {
      certPem: signed("CERTIFICATE", content, privateKey),
      keyAlgorithm: algorithmOf(privateKey).name,
      validityStartTime: rfc3339(from),
      validityEndTime: rfc3339(until),
      readyForRenewal: false,
      isCaCertificate: inputs["isCaCertificate"] ?? false,
      earlyRenewalHours: inputs["earlyRenewalHours"] ?? 0,
      setSubjectKeyId: inputs["setSubjectKeyId"] ?? false,
      setAuthorityKeyId: inputs["setAuthorityKeyId"] ?? false,
    },
  };
}

/** Makes what the resource CertRequest makes: a PKCS #10 request (RFC 2986). */
export function certificateRequest(inputs: Values): Created {
  const privateKey = createPrivateKey(inputs["privateKeyPem"] as string);
  const names = alternativeNames(inputs);
  const extensionRequest = objectIdentifier("1.2.840.113549.1.9.14");
  const content = sequence(
    integer(Buffer.from([0])),
    subject((inputs["subject"] ?? {}) as Values),
    publicKeyOf(privateKey),
    der(0xa0, ...names.map((extension) => sequence(extensionRequest, der(0x31, sequence(extension))))),
  );
  const certRequestPem = signed("CERTIFICATE REQUEST", content, privateKey);
  return {
    id: randomBytes(20).toString("hex"),
    outputs: { certRequestPem, keyAlgorithm: algorithmOf(privateKey).name },
  };
}

function rfc3339(moment: Date): string {
  return moment.toISOString().replace(/\.\d+Z$/, "Z");
}
