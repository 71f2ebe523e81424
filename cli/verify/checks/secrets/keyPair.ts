import { createPrivateKey, X509Certificate } from "node:crypto";
import type { KubeObject } from "../../cluster/objects.js";

/** A Secret with its values. */
export type KeySecret = KubeObject & { data?: Record<string, string> };

/** The certificate of a key pair the controller can use, or what is wrong with it. The key is part of no message. */
export function pairOf({ data = {} }: KeySecret): X509Certificate | string {
  const text = (key: string) => Buffer.from(data[key] ?? "", "base64").toString("utf8");
  try {
    const certificate = new X509Certificate(text("tls.crt"));
    const key = createPrivateKey(text("tls.key"));
    if (key.asymmetricKeyType === "rsa") {
      return certificate.checkPrivateKey(key)
        ? certificate
        : "its private key does not belong to its certificate";
    }
  } catch {
    // Neither is part of the message.
  }
  return "it holds no RSA key and certificate, and the controller ends when it reads it; remove its label";
}
