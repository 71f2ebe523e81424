import type { IncomingHttpHeaders } from "node:http";

/** One call of a cloud's API. */
export interface CloudRequest {
  method: string;
  /** As sent, with the query. */
  path: string;
  /** Variable parts of the path, decoded. */
  params: Record<string, string>;
  query: URLSearchParams;
  headers: IncomingHttpHeaders;
  /** The parsed JSON; undefined without a body. */
  body: unknown;
}

export interface Answer {
  status: number;
  /** Sent as JSON. Default: no body. */
  body?: unknown;
  headers?: Record<string, string>;
}

/** A call the service knows and does not carry out. The message is logged, so it never holds a credential. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    readonly code: string | number,
    message: string,
  ) {
    super(message);
  }
}

export interface Route {
  /** Method and path, such as `GET /n/:namespace/b/:bucket`. */
  call: string;
  /** Names a query may have. Default: none. */
  query?: readonly string[];
  /** @throws Refusal, or ZodError for a body of the wrong form. */
  handle(request: CloudRequest): Answer;
}

/** A part of a cloud's API. */
export interface Service {
  /** For the log. */
  name: string;
  routes: readonly Route[];
  /** How the service calls the problems that are not its own. */
  codes: Record<"unserved" | "malformed" | "rate-limit" | "error", string | number>;
  /** Whatever is the same for all calls: who asks, what every answer carries. Throws like a route. */
  answer(request: CloudRequest, handle: Route["handle"]): Answer;
  /** The error answer in the form of this service. */
  refuse(refusal: Refusal): Answer;
  /** What exists in it now, one line each, for whoever checks that nothing was left behind. */
  holds(): string[];
}

/** The route of a call with the path's variable parts, or undefined if there is none. */
export function findRoute(
  routes: readonly Route[],
  method: string,
  url: URL,
): { route: Route; params: Record<string, string> } | undefined {
  for (const route of routes) {
    const [routeMethod, pattern] = route.call.split(" ") as [string, string];
    const params = routeMethod === method ? matchPath(pattern, url.pathname) : undefined;
    if (params && [...url.searchParams.keys()].every((key) => route.query?.includes(key)))
      return { route, params };
  }
  return undefined;
}

function matchPath(pattern: string, path: string): Record<string, string> | undefined {
  const wanted = pattern.split("/");
  const parts = path.split("/");
  if (wanted.length !== parts.length) return undefined;
  const params: Record<string, string> = {};
  for (const [index, part] of wanted.entries()) {
    const actual = parts[index]!;
    if (part.startsWith(":") && actual !== "") params[part.slice(1)] = decodeURIComponent(actual);
    else if (part !== actual) return undefined;
  }
  return params;
}
