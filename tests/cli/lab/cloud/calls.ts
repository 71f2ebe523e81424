import { startCloudflare, type CloudflareServer } from "../../../../cli/lab/cloud/cloudflare.js";

export const dnsWrite = "4755a26eedb94da69e1066d98aa820be";
export const zoneRead = "c8fed203ed3043cba015a93ad1616f1f";

export interface Reply {
  status: number;
  body: any;
}

/** Makes a call, as `PUT /path`, with a JSON body and the headers of a caller who is let in. */
export type Caller = (call: string, body?: unknown, headers?: Record<string, string>) => Promise<Reply>;

export interface Cloudflare {
  server: CloudflareServer;
  call: Caller;
  /** What the server has said of its calls. */
  log: string[];
  /** Of example.org. */
  zoneId: string;
}

/** A server with the zones example.com and example.org. */
export async function startServer(): Promise<Cloudflare> {
  const log: string[] = [];
  const server = await startCloudflare({
    zones: ["example.com", "example.org"],
    log: (line) => log.push(line),
  });
  const call: Caller = async (request, body, headers) => {
    const [method, path] = request.split(" ") as [string, string];
    const reply = await fetch(`${server.url}/client/v4${path}`, {
      method,
      headers: { authorization: `Bearer ${server.apiToken}`, ...headers },
      body: body === undefined || typeof body === "string" ? body : JSON.stringify(body),
    });
    return { status: reply.status, body: await reply.json() };
  };
  const zoneId = (await call("GET /zones?name=example.org")).body.result[0].id as string;
  return { server, call, log, zoneId };
}
