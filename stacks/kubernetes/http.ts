import * as http from "node:http";
import * as https from "node:https";
import { setTimeout as sleep } from "node:timers/promises";
import type { TLSSocket } from "node:tls";

export interface HttpOptions extends https.RequestOptions {
  headers?: http.OutgoingHttpHeaders;
  /** Default: nothing. */
  body?: string;
  /** How long the server may say nothing. Default: 30. */
  seconds?: number;
  /** How long the whole answer may take. Default: ten times as long. */
  wholeSeconds?: number;
  /** Sees the connection once TLS is agreed on, before anything is answered. Default: nobody looks. */
  onSocket?: (socket: TLSSocket) => void;
}

export interface HttpAnswer {
  /** 101, with which a server goes on in another protocol, is an answer without a body; the connection is closed. */
  status: number;
  headers: http.IncomingHttpHeaders;
  /** Names and values in turn: a name may come several times. */
  rawHeaders: string[];
  body: string;
}

/** Of a connection that a server does not take: while it restarts, or because there is none. */
const refusedConnection = "ECONNREFUSED";

/** Of a connection that a server breaks off, or does not take. */
const brokenConnections = [refusedConnection, "ECONNRESET", "EPIPE"];

/** Of a connection that was kept, whose other end may have gone without a word. */
const lostConnections = [...brokenConnections, "ETIMEDOUT"];

/**
 * Sends a request with the TLS options of Node, which fetch() does not take. A connection that an agent has kept, and that the
 * server closes as the request is sent, is no answer (https://nodejs.org/api/http.html#requestreusedsocket): a GET is sent
 * once more. What would change something is not: nobody knows whether it did (as in Go, https://pkg.go.dev/net/http#Transport).
 *
 * @throws Error when there is no answer; with the code ETIMEDOUT when the server takes the connection and says nothing, or
 * never ends what it says.
 */
export async function send(url: URL, options: HttpOptions = {}): Promise<HttpAnswer> {
  for (;;) {
    const answer = await sendOnce(url, options);
    if (answer) return answer;
  }
}

/** Returns undefined when the connection had been kept and was closed. */
function sendOnce(
  url: URL,
  { body, headers, seconds = 30, wholeSeconds = seconds * 10, onSocket, ...options }: HttpOptions,
): Promise<HttpAnswer | undefined> {
  const { request } = url.protocol === "http:" ? http : https;
  // Node gives the length of no DELETE's body by itself, which the server then takes for the next request.
  const length = body === undefined ? {} : { "Content-Length": Buffer.byteLength(body) };
  const late = (message: string) => Object.assign(new Error(message), { code: "ETIMEDOUT" });
  return new Promise((resolve, reject) => {
    const sent = request(
      url,
      { ...options, headers: { ...length, ...headers }, timeout: seconds * 1000 },
      (response) => {
        const parts: Buffer[] = [];
        response.on("data", (part: Buffer) => parts.push(part));
        response.on("error", reject);
        response.on("end", () => {
          const { statusCode, headers, rawHeaders } = response;
          resolve({ status: statusCode!, headers, rawHeaders, body: Buffer.concat(parts).toString("utf8") });
        });
      },
    );
    const whole = setTimeout(() => {
      reject(late(`no whole answer within ${wholeSeconds} s`));
      sent.destroy();
    }, wholeSeconds * 1000).unref();
    sent.on("close", () => clearTimeout(whole));
    sent.on("upgrade", ({ headers, rawHeaders }, socket) => {
      socket.destroy();
      resolve({ status: 101, headers, rawHeaders, body: "" });
    });
    if (onSocket)
      sent.on("socket", (socket) => socket.on("secureConnect", () => onSocket(socket as TLSSocket)));
    sent.on("timeout", () => sent.destroy(late(`no answer within ${seconds} s`)));
    sent.on("error", (failure: NodeJS.ErrnoException) => {
      // Where a name has several addresses, the error of each is inside and the message is empty.
      const error =
        failure instanceof AggregateError ? (failure.errors[0] as NodeJS.ErrnoException) : failure;
      if (sent.reusedSocket && sent.method === "GET" && lostConnections.includes(error.code ?? ""))
        resolve(undefined);
      else reject(error);
    });
    sent.end(body);
  });
}

/** How long a request is repeated: a server that restarts is back within that, as a rule. */
const patienceSeconds = 10;

export interface Patience<T> {
  /** Seconds until the request is repeated because of its answer. Default: it is not repeated. */
  again?: (answer: T) => number | undefined;
  /** Wait for a server that takes no connection. Default: true. */
  untilTaken?: boolean;
}

/** Repeats a request that changes nothing while its connection breaks. */
export async function patiently<T extends object>(
  ask: () => Promise<T>,
  { again = () => undefined, untilTaken = true }: Patience<T> = {},
): Promise<T> {
  const deadline = performance.now() + patienceSeconds * 1000;
  let isThere = untilTaken;
  for (let pause = 100; ; pause = Math.min(pause * 2, 2000)) {
    const answer = await ask().catch((error: NodeJS.ErrnoException) => {
      const { code = "" } = error;
      if (performance.now() > deadline || !brokenConnections.includes(code)) throw error;
      if (code === refusedConnection && !isThere) throw error;
      isThere = true;
    });
    if (answer) {
      const seconds = again(answer);
      if (seconds === undefined || performance.now() + seconds * 1000 > deadline) return answer;
      await sleep(seconds * 1000);
    } else await sleep(pause);
  }
}
