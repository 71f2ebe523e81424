import { createServer, type IncomingMessage } from "node:http";
import { text } from "node:stream/consumers";
import { ZodError } from "zod";
import { listen } from "../../kit/listen.js";

/** One call of the API. */
export interface ApiCall {
  /** Variable parts of the path, decoded. */
  params: Record<string, string>;
  query: URLSearchParams;
  /** The parsed JSON; undefined without a body. */
  body: unknown;
}

/** A call that is not carried out. The message is logged, so it never holds a credential. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    readonly code: number,
    message: string,
  ) {
    super(message);
  }
}

export interface ApiRoute {
  /** Method and path, such as `GET /client/v4/zones/:id`. */
  call: string;
  /** Names a query may have. Default: none. */
  query?: readonly string[];
  /**
   * Returns the `result` of Cloudflare's answer, or a promise of it.
   *
   * @throws Refusal, or ZodError for a body of the wrong form.
   */
  handle(call: ApiCall): unknown;
}

export interface ServeOptions {
  /** The credential that callers have to show, or those that they may show. */
  apiToken: string | ReadonlySet<string>;
  /** Takes one line for each call: method, path and what became of it; never a header or a body. Default: dropped. */
  log?: (line: string) => void;
}

export interface ServedApi {
  /** Address without a path, such as http://127.0.0.1:40123. */
  url: string;
  /** Closes the port and all connections. */
  stop(): Promise<void>;
}

/** Serves a part of Cloudflare's API on a free port of the loopback interface. */
export async function serveCloudflare(
  routes: readonly ApiRoute[],
  { apiToken, log = () => {} }: ServeOptions,
): Promise<ServedApi> {
  const server = createServer((incoming, outgoing) => {
    const describe = (what: string) => log(`cloudflare: ${incoming.method} ${incoming.url} -> ${what}`);
    resultOf(incoming, routes, apiToken)
      .then(
        (result) => ({ status: 200, success: true, errors: [], result }),
        (error: unknown) => {
          const { status, code, message } = refusalOf(error);
          return { status, success: false, errors: [{ code, message }], result: null };
        },
      )
      .then(({ status, ...body }) => {
        describe([status, ...body.errors.map(({ message }) => message)].join(": "));
        outgoing.writeHead(status, { "content-type": "application/json" });
        outgoing.end(JSON.stringify({ ...body, messages: [] }));
      })
      .catch((error: unknown) => {
        describe(String(error));
        incoming.socket.destroy();
      });
  });
  const port = await listen(server);
  return {
    url: `http://127.0.0.1:${port}`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function resultOf(
  incoming: IncomingMessage,
  routes: readonly ApiRoute[],
  apiToken: ServeOptions["apiToken"],
): Promise<unknown> {
  const { method = "", url: path = "", headers } = incoming;
  const body = await text(incoming);
  const shown = /^Bearer (.+)$/.exec(headers.authorization ?? "")?.[1] ?? "";
  if (!(typeof apiToken === "string" ? shown === apiToken : apiToken.has(shown))) {
    throw new Refusal(401, 1000, "the call does not carry the lab's API token");
  }
  const url = new URL(path, "http://127.0.0.1");
  for (const route of routes) {
    const params = matched(route, method, url);
    if (!params) continue;
    return route.handle({
      params,
      query: url.searchParams,
      body: body === "" ? undefined : (JSON.parse(body) as unknown),
    });
  }
  // Not 404: to the plugin that means a resource is gone, and it would drop it from the state.
  throw new Refusal(400, 7000, `the lab does not serve ${method} ${path}`);
}

function refusalOf(error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  if (error instanceof ZodError) {
    const problems = error.issues.map(({ path, message }) =>
      path.length ? `${path.join(".")}: ${message}` : message,
    );
    return new Refusal(400, 1001, problems.join("; "));
  }
  // The parser's own message would quote the text.
  if (error instanceof SyntaxError) return new Refusal(400, 1001, "the body is not JSON");
  throw error;
}

/** The variable parts of the path, or undefined where the call is not the route's. */
function matched({ call, query }: ApiRoute, method: string, url: URL): Record<string, string> | undefined {
  const [routeMethod, pattern] = call.split(" ") as [string, string];
  const wanted = pattern.split("/");
  const parts = url.pathname.split("/");
  if (routeMethod !== method || wanted.length !== parts.length) return undefined;
  if (![...url.searchParams.keys()].every((key) => query?.includes(key))) return undefined;
  const params: Record<string, string> = {};
  for (const [index, part] of wanted.entries()) {
    const actual = parts[index]!;
    if (part.startsWith(":") && actual !== "") params[part.slice(1)] = decodeURIComponent(actual);
    else if (part !== actual) return undefined;
  }
  return params;
}
