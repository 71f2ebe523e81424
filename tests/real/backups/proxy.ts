import { once } from "node:events";
import { createServer, request, type IncomingMessage, type RequestListener } from "node:http";
import { createServer as createSecureServer } from "node:https";
import { listen } from "../../../cli/kit/listen.js";
import { refuse, type S3Refusal } from "../../../cli/lab/node/internet/oracle.js";
import type { Server } from "./servers.js";

/** Stands between the jobs and the S3 server: counts, and does what a network or a wrong clock does. */
export interface Proxy extends Server {
  /** Requests since the last reset, as `METHOD path`. */
  requests: string[];
  /** Called once, when that many bytes of bodies have gone to the server. */
  afterUploaded(bytes: number, act: () => void): void;
  /** Seconds the server's clock seems to be off. */
  clockOff: number;
}

export interface ProxyOptions {
  /** Key and certificate in PEM form. Default: plain HTTP. */
  tls?: { key: string; cert: string };
  /** What it does not let pass. Default: it lets everything pass. */
  refusal?(request: IncomingMessage): S3Refusal | undefined;
}

export async function startProxy(
  target: string,
  { tls, refusal: refusalOf }: ProxyOptions = {},
): Promise<Proxy> {
  const { hostname, port } = new URL(target);
  let uploaded = 0;
  let trigger: { bytes: number; act: () => void } | undefined;
  const requests: string[] = [];

  const pass: RequestListener = (incoming, outgoing) => {
    requests.push(`${incoming.method} ${incoming.url}`);
    const refusal = refusalOf?.(incoming);
    if (refusal) {
      // A client that is not heard out may not listen to the answer.
      incoming.resume().on("end", () => refuse(outgoing, refusal));
      return;
    }
    const onward = request(
      // Headers as they came: the signature covers the host.
      { hostname, port, method: incoming.method, path: incoming.url, headers: incoming.headers },
      (answer) => {
        const headers = { ...answer.headers };
        if (proxy.clockOff) headers.date = new Date(Date.now() + proxy.clockOff * 1000).toUTCString();
        outgoing.writeHead(answer.statusCode!, headers);
        answer.pipe(outgoing);
        answer.on("error", () => outgoing.destroy());
      },
    );
    onward.on("error", () => outgoing.destroy());
    incoming.on("error", () => onward.destroy());
    incoming.on("data", (data: Buffer) => {
      uploaded += data.length;
      if (trigger && uploaded >= trigger.bytes) {
        const { act } = trigger;
        trigger = undefined;
        act();
      }
      onward.write(data);
    });
    incoming.on("end", () => onward.end());
  };
  const server = tls ? createSecureServer(tls, pass) : createServer(pass);
  const proxy: Proxy = {
    url: `${tls ? "https" : "http"}://127.0.0.1:${await listen(server)}`,
    requests,
    clockOff: 0,
    afterUploaded(bytes, act) {
      uploaded = 0;
      trigger = { bytes, act };
    },
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
  return proxy;
}
