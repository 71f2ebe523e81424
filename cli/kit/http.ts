import * as http from "node:http";
import * as https from "node:https";
import type { AddressInfo, Server } from "node:net";
import type { TLSSocket } from "node:tls";

export interface HttpOptions extends https.RequestOptions {
  /** Default: nothing. */
  body?: string;
  /** How long the server may say nothing. Default: 30. */
  seconds?: number;
  /** Sees the connection once TLS is agreed on, before anything is answered. Default: nobody looks. */
  onSocket?: (socket: TLSSocket) => void;
}

export interface HttpAnswer {
  status: number;
  headers: http.IncomingHttpHeaders;
  /** Names and values in turn: a name may come several times. */
  rawHeaders: string[];
  body: string;
}

/**
 * Sends a request with the TLS options of Node, which fetch() does not take.
 *
 * @throws Error when there is no answer; with the code ETIMEDOUT when the server takes the connection and says nothing.
 */
export function send(
  url: URL,
  { body, seconds = 30, onSocket, ...options }: HttpOptions = {},
): Promise<HttpAnswer> {
  const { request } = url.protocol === "http:" ? http : https;
  return new Promise((resolve, reject) => {
    const sent = request(url, { ...options, timeout: seconds * 1000 }, (response) => {
      const parts: Buffer[] = [];
      response.on("data", (part: Buffer) => parts.push(part));
      response.on("error", reject);
      response.on("end", () => {
        const { statusCode, headers, rawHeaders } = response;
        resolve({ status: statusCode!, headers, rawHeaders, body: Buffer.concat(parts).toString("utf8") });
      });
    });
    if (onSocket)
      sent.on("socket", (socket) => socket.on("secureConnect", () => onSocket(socket as TLSSocket)));
    sent.on("timeout", () =>
      sent.destroy(Object.assign(new Error(`no answer within ${seconds} s`), { code: "ETIMEDOUT" })),
    );
    sent.on("error", reject);
    sent.end(body);
  });
}

/** Lets a server listen on a free port of the loopback interface; returns the port. */
export function listen(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      server.off("error", reject);
      resolve((server.address() as AddressInfo).port);
    });
  });
}
