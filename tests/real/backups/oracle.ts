import "reflect-metadata";
import { KeyObject, webcrypto } from "node:crypto";
import type { IncomingMessage } from "node:http";
import * as x509 from "@peculiar/x509";
import { startProxy, type Proxy, type Refusal } from "./proxy.js";

/**
 * What Oracle's S3 API answers to uploads that carry their checksum behind the data, as its users report it: 400 to the
 * payload hash of a whole object (https://github.com/velero-io/velero/issues/9089), 501 to the encoding of a part
 * (https://github.com/velero-io/velero/issues/10543).
 */
function refusalOfOracle({ headers, url }: Pick<IncomingMessage, "headers" | "url">): Refusal | undefined {
  const isPart = new URL(url ?? "/", "http://any").searchParams.has("partNumber");
  const hash = headers["x-amz-content-sha256"];
  if (String(headers["content-encoding"]).includes("aws-chunked") && isPart)
    return { status: 501, code: "NotImplemented", message: "AWS chunked encoding not supported." };
  if (typeof hash === "string" && !/^([0-9a-f]{64}|UNSIGNED-PAYLOAD)$/.test(hash))
    return {
      status: 400,
      code: "InvalidArgument",
      message: "x-amz-content-sha256 must be UNSIGNED-PAYLOAD or a valid sha256 value.",
    };
  return undefined;
}

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
  const proxy = await startProxy(target, { tls: { key, cert: certificate }, refuse: refusalOfOracle });
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
