import "reflect-metadata";
import { KeyObject, webcrypto } from "node:crypto";
import * as x509 from "@peculiar/x509";
import { refusalOfOracle } from "../../../cli/lab/node/internet/oracle.js";
import { startProxy, type Proxy } from "./proxy.js";

export interface Oracle {
  proxy: Proxy;
  /** Its certificate in PEM form. */
  certificate: string;
}

/**
 * Stands before an S3 server as Oracle's API would: over TLS, without which the AWS SDK sends no checksum behind the
 * data, and refusing what that one refuses.
 */
export async function startOracle(target: string): Promise<Oracle> {
  const { key, certificate } = await certificateOfHost();
  const proxy = await startProxy(target, { tls: { key, cert: certificate }, refusal: refusalOfOracle });
  return { proxy, certificate };
}

/** A key and a certificate of 127.0.0.1, which is its own authority. */
async function certificateOfHost(): Promise<{ key: string; certificate: string }> {
  const signingAlgorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
  const keys = await webcrypto.subtle.generateKey(signingAlgorithm, true, ["sign", "verify"]);
  const extensions = [
    new x509.BasicConstraintsExtension(true),
    new x509.SubjectAlternativeNameExtension([{ type: "ip", value: "127.0.0.1" }]),
  ];
  const made = await x509.X509CertificateGenerator.createSelfSigned(
    { name: "CN=127.0.0.1", signingAlgorithm, keys, extensions },
    webcrypto,
  );
  const key = KeyObject.from(keys.privateKey).export({ type: "pkcs8", format: "pem" }).toString();
  return { key, certificate: made.toString("pem") };
}
