import type { IncomingMessage, ServerResponse } from "node:http";

/** An answer of the S3 API that is an error (https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html). */
export interface S3Refusal {
  status: number;
  code: string;
  message: string;
}

/**
 * What Oracle's S3 API answers to uploads that carry their checksum behind the data, as its users report it: 400 to the
 * payload hash of a whole object (https://github.com/velero-io/velero/issues/9089), 501 to the encoding of a part
 * (https://github.com/velero-io/velero/issues/10543).
 */
export function refusalOfOracle({
  headers,
  url,
}: Pick<IncomingMessage, "headers" | "url">): S3Refusal | undefined {
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

export function refuse(response: ServerResponse, { status, code, message }: S3Refusal): void {
  response.writeHead(status, { "content-type": "application/xml" });
  response.end(`<Error><Code>${code}</Code><Message>${message}</Message></Error>`);
}
