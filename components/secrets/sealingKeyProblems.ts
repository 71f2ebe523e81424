import { createPrivateKey, X509Certificate } from "node:crypto";
import type { SealingKey } from "./sealingKeys.js";

/** What is wrong with a list of sealing keys before anything is made; undefined if nothing is. */
export function listProblem(keys: SealingKey[]): string | undefined {
  if (keys.length === 0) return "Sealed Secrets needs at least one sealing key";
  const half = keys.find((key) => (key.certificate === undefined) !== (key.privateKey === undefined));
  if (half) {
    return `sealing key ${half.name}: certificate and privateKey are given together or not at all`;
  }
  const given = keys.filter((key) => key.certificate !== undefined);
  return keys.at(-1)!.certificate === undefined
    ? undefined
    : orderProblem(
        given.map((key) => key.name),
        given.map((key) => key.certificate!),
      );
}

/**
 * Why the controller would not seal with the last of these certificates; undefined if it would. Text that is no
 * certificate at all is passed over: a plan without the passphrase has placeholders.
 */
export function orderProblem(names: string[], certificates: string[]): string | undefined {
  const starts = certificates.map(startOf);
  const last = starts.at(-1);
  if (!last) return undefined;
  const later = starts.findIndex((start) => start !== undefined && start > last);
  if (later < 0) return undefined;
  return (
    `sealing key ${names.at(-1)} is listed last, but ${names[later]} starts later ` +
    `(${starts[later]!.toISOString()}, not ${last.toISOString()}) and the controller seals with the latest; ` +
    "list the keys oldest first"
  );
}

/**
 * Why the controller could not use this pair; undefined if it can. Text that is no certificate or key at all is passed
 * over, as above. Neither is part of the message.
 */
export function pairProblem(name: string, certificate: string, privateKey: string): string | undefined {
  const pair = attempt(() => ({ cert: new X509Certificate(certificate), key: createPrivateKey(privateKey) }));
  if (!pair) return undefined;
  if (pair.key.asymmetricKeyType !== "rsa") {
    return `sealing key ${name}: the private key is not RSA, the only kind the controller reads`;
  }
  if (!pair.cert.checkPrivateKey(pair.key)) {
    return `sealing key ${name}: the private key does not belong to the certificate`;
  }
  return undefined;
}

/** The start of a certificate's validity. */
function startOf(certificate: string): Date | undefined {
  const parsed = attempt(() => new X509Certificate(certificate));
  return parsed && new Date(parsed.validFrom);
}

function attempt<T>(parse: () => T): T | undefined {
  try {
    return parse();
  } catch {
    return undefined;
  }
}
