import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { ZodError } from "zod";
import { Faults, type Fault } from "./faults.js";
import { findRoute, Refusal, type Answer, type Service } from "./service.js";

export interface ServeOptions {
  /** Port on the loopback interface. Default: a free one. */
  port?: number;
  /** Takes one line for each call: method, path and what became of it; never a header or a body. Default: dropped. */
  log?: (line: string) => void;
}

/** A call that came in. */
export interface Call {
  method: string;
  /** As sent, with the query. */
  path: string;
  /**
   * `refused` is what the real service would not do either; `unserved` is a call that this one does not know, which
   * means that a plugin does something nobody has looked at.
   */
  outcome: "answered" | "refused" | "unserved" | Fault["kind"];
  /** Undefined without an answer. */
  status?: number;
  /** Why it was refused. */
  problem?: string;
}

export interface CloudServer {
  /** Address without a path, such as http://127.0.0.1:40123. */
  url: string;
  /** Every call so far. */
  calls: readonly Call[];
  /** Makes calls to come fail; several faults are used up in the order they were set. */
  fail(fault: Fault): void;
  /** What exists in the service now, one line each. */
  holds(): string[];
  /** Closes the port and all connections. What the service held is gone. */
  stop(): Promise<void>;
}

/** Serves a part of a cloud's API on the loopback interface; its state lives as long as the server. */
export async function serve(
  service: Service,
  { port = 0, log = () => {} }: ServeOptions = {},
): Promise<CloudServer> {
  const calls: Call[] = [];
  const faults = new Faults();

  const respond = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const { method = "", url: path = "" } = incoming;
    const body = await text(incoming);
    const fault = faults.take(method, path);
    const carryOut = () => answerTo(service, incoming, body);
    const { answer, ...rest } = fault ? underFault(service, fault, carryOut) : carryOut();
    const call: Call = { method, path, ...rest, ...(answer && { status: answer.status }) };
    calls.push(call);
    log(describe(service.name, call));
    if (answer) send(outgoing, answer);
    // A reset, because the plugins take it for a trouble of the network and try again; an orderly end they do not.
    else setTimeout(() => incoming.socket.resetAndDestroy(), (fault?.seconds ?? 1) * 1000).unref();
  };

  const server = createServer((incoming, outgoing) => {
    respond(incoming, outgoing).catch((error: unknown) => {
      log(`${service.name}: ${incoming.method} ${incoming.url}: ${String(error)}`);
      incoming.socket.destroy();
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    fail: (fault) => faults.add(fault),
    holds: () => service.holds(),
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

interface Answered {
  outcome: Call["outcome"];
  problem?: string;
  answer?: Answer;
}

function answerTo(service: Service, incoming: IncomingMessage, body: string): Answered {
  const { method = "", url: path = "", headers } = incoming;
  const url = new URL(path, "http://127.0.0.1");
  const found = findRoute(service.routes, method, url);
  if (!found) {
    // Not 404: to the plugins that means a resource is gone, and they would drop it from the state.
    const refusal = new Refusal(400, service.codes.unserved, `the lab does not serve ${method} ${path}`);
    return { outcome: "unserved", problem: refusal.message, answer: service.refuse(refusal) };
  }
  try {
    const json: unknown = body === "" ? undefined : JSON.parse(body);
    const request = { method, path, params: found.params, query: url.searchParams, headers, body: json };
    return { outcome: "answered", answer: service.answer(request, (request) => found.route.handle(request)) };
  } catch (error) {
    const refusal = refusalOf(error, service);
    return { outcome: "refused", problem: refusal.message, answer: service.refuse(refusal) };
  }
}

function refusalOf(error: unknown, { codes }: Service): Refusal {
  if (error instanceof Refusal) return error;
  if (error instanceof ZodError) {
    const problems = error.issues.map(({ path, message }) =>
      path.length ? `${path.join(".")}: ${message}` : message,
    );
    return new Refusal(400, codes.malformed, problems.join("; "));
  }
  // The parser's own message would quote the text.
  if (error instanceof SyntaxError) return new Refusal(400, codes.malformed, "the body is not JSON");
  throw error;
}

function underFault(service: Service, fault: Fault, carryOut: () => Answered): Answered {
  if (fault.takesEffect) carryOut();
  return { outcome: fault.kind, answer: faultAnswer(service, fault) };
}

/** Undefined for no answer. */
function faultAnswer({ codes, refuse }: Service, { kind, seconds = 1 }: Fault): Answer | undefined {
  if (kind === "time-out") return undefined;
  if (kind === "error") return refuse(new Refusal(500, codes.error, "the lab was told to fail"));
  const answer = refuse(new Refusal(429, codes["rate-limit"], "the lab was told to refuse for a while"));
  return { ...answer, headers: { ...answer.headers, "retry-after": String(seconds) } };
}

function describe(service: string, { method, path, outcome, status, problem }: Call): string {
  const what = outcome === "answered" ? status : [outcome.toUpperCase(), status].filter(Boolean).join(" ");
  return `${service}: ${method} ${path} -> ${what}${problem === undefined ? "" : `: ${problem}`}`;
}

function send(outgoing: ServerResponse, { status, body, headers }: Answer): void {
  outgoing.writeHead(status, {
    ...(body !== undefined && { "content-type": "application/json" }),
    ...headers,
  });
  outgoing.end(body === undefined ? undefined : JSON.stringify(body));
}
