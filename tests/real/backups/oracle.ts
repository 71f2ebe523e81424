import { generateKeyPairSync } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { selfSigned } from "../../../cli/plan/providers/tls/certificate.js";
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
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
  const key = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  const { outputs } = await selfSigned({
    privateKeyPem: key,
    validityPeriodHours: 24,
    isCaCertificate: true,
    allowedUses: ["cert_signing", "digital_signature", "server_auth"],
    ipAddresses: ["127.0.0.1"],
  });
  const certificate = outputs!["certPem"] as string;
  const proxy = await startProxy(target, { tls: { key, cert: certificate }, refuse: refusalOfOracle });
  return { proxy, certificate };
}
