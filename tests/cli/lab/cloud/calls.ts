import type { CloudflareServer } from "../../../../cli/lab/cloud/cloudflare.js";
import type { OciServer } from "../../../../cli/lab/cloud/oci.js";

export interface Reply {
  status: number;
  headers: Headers;
  body: any;
}

/** Makes a call, as `PUT /path`, with a JSON body and the headers of a caller who is let in. */
export type Caller = (call: string, body?: unknown, headers?: Record<string, string>) => Promise<Reply>;

export function cloudflareCaller({ url, apiToken }: CloudflareServer): Caller {
  return caller(`${url}/client/v4`, { authorization: `Bearer ${apiToken}` });
}

export function ociCaller({ url, credentials: { tenancyId, userId, fingerprint } }: OciServer): Caller {
  const keyId = `${tenancyId}/${userId}/${fingerprint}`;
  return caller(url, {
    authorization: `Signature version="1",headers="date (request-target) host",keyId="${keyId}",algorithm="rsa-sha256",signature="c2ln"`,
  });
}

function caller(base: string, always: Record<string, string>): Caller {
  return async (call, body, headers) => {
    const [method, path] = call.split(" ") as [string, string];
    const reply = await fetch(base + path, {
      method,
      headers: { ...always, ...headers },
      body: body === undefined || typeof body === "string" ? body : JSON.stringify(body),
    });
    const text = await reply.text();
    return { status: reply.status, headers: reply.headers, body: text === "" ? undefined : JSON.parse(text) };
  };
}
