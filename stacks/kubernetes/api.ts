import type { OutgoingHttpHeaders } from "node:http";
import { Agent, type RequestOptions } from "node:https";
import type { KubeConfig } from "@kubernetes/client-node";
import { ApiError } from "./apiError.js";
import { patiently, send, type HttpAnswer } from "./http.js";
import { loadKubeconfig } from "./kubeconfig.js";

/** A request to the API server. */
export interface ApiRequest {
  /** Default: GET. */
  method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Path and query. */
  path: string;
  /** A text is sent as it is, anything else as JSON. */
  body?: unknown;
  /** Default: application/json, for what is sent and for what is wanted. */
  headers?: Record<string, string>;
  /** Without the credentials of the kubeconfig. Default: false. */
  anonymous?: boolean;
  /**
   * Repeat the request if the connection breaks or the server is too busy. Default: true for GET, which changes
   * nothing, and false otherwise.
   */
  patient?: boolean;
  /** A Service behind the API server answers: repeat the request while nobody there does. Default: false. */
  proxied?: boolean;
}

/** What the API server answered, whatever it was. */
export interface ApiAnswer {
  status: number;
  body: string;
  /** Names the request in the audit log. */
  auditId: string | undefined;
  /** What it warned of, as kubectl shows it. */
  warnings: string[];
  /** Seconds after which the server asks for the request once more. Default: it does not. */
  retryAfter?: number;
}

/** A way to the API server. */
export interface Api {
  /** Address of the API server. */
  readonly server: URL;
  /** Name its certificate is checked against, where it is not the address's. */
  readonly tlsServerName?: string;
  /** @throws Error when there is no answer. */
  request(request: ApiRequest): Promise<ApiAnswer>;
}

/**
 * The cluster of a kubeconfig's context, reached with its credentials. @kubernetes/client-node has an object API of its own,
 * whose typed models silently drop a property they do not know; the API server's strict validation would never see it.
 */
export class KubeApi implements Api {
  /** One that has answered and takes no connection restarts; one that never has is not there. */
  private hasAnswered = false;

  private constructor(
    readonly server: URL,
    readonly tlsServerName: string | undefined,
    private readonly credentials: RequestOptions,
    private readonly anonymous: RequestOptions,
    private readonly seconds?: number,
  ) {}

  /** @param seconds How long the server may say nothing. Default: 30. */
  static async of(config: KubeConfig, seconds?: number): Promise<KubeApi> {
    // Loaded where it is needed: most runs of the program talk to no cluster by themselves.
    const { KubeConfig } = await import("@kubernetes/client-node");
    const cluster = config.getCurrentCluster();
    if (!cluster) throw new Error("the kubeconfig's context names no cluster");
    const stranger = new KubeConfig();
    stranger.loadFromClusterAndUser(cluster, { name: "nobody" });
    return new KubeApi(
      new URL(cluster.server),
      cluster.tlsServerName,
      await optionsOf(config),
      await optionsOf(stranger),
      seconds,
    );
  }

  /** The cluster of a kubeconfig in a file. */
  static async at(kubeconfig: string): Promise<KubeApi> {
    return KubeApi.of((await loadKubeconfig({ kubeconfig })).config);
  }

  async request(request: ApiRequest): Promise<ApiAnswer> {
    const { method = "GET", patient = method === "GET", proxied } = request;
    const send = () => this.send(request);
    if (!patient) return send();
    return patiently(send, {
      again: ({ status, retryAfter }) => (proxied && [502, 503, 504].includes(status) ? 1 : retryAfter),
      untilTaken: this.hasAnswered,
    });
  }

  /**
   * Reads an object or a list; undefined where there is no such object, or no such kind.
   *
   * @throws ApiError with the server's own words.
   */
  async read<T>(path: string): Promise<T | undefined> {
    const { status, body } = await this.request({ path });
    if (status === 404) return undefined;
    if (status !== 200) throw new ApiError(status, body);
    return JSON.parse(body) as T;
  }

  private async send({ method = "GET", path, body, headers, anonymous }: ApiRequest): Promise<ApiAnswer> {
    const options = anonymous ? this.anonymous : this.credentials;
    const content = body === undefined || typeof body === "string" ? body : JSON.stringify(body);
    const answer = await send(new URL(this.server.pathname.replace(/\/$/, "") + path, this.server), {
      ...options,
      method,
      headers: {
        Accept: "application/json",
        ...(content === undefined ? {} : { "Content-Type": "application/json" }),
        ...(options.headers as OutgoingHttpHeaders | undefined),
        ...headers,
      },
      body: content,
      seconds: this.seconds,
    });
    this.hasAnswered = true;
    const retryAfter = retryAfterOf(answer);
    return {
      status: answer.status,
      body: answer.body,
      auditId: [answer.headers["audit-id"]].flat()[0],
      warnings: warningsIn(answer.rawHeaders),
      ...(retryAfter === undefined ? {} : { retryAfter }),
    };
  }
}

/**
 * A server that is too busy, or about to end, says when it wants to be asked again. Other answers 503 are not for it to mend,
 * such as that of a Service without endpoints.
 */
function retryAfterOf({ status, headers }: HttpAnswer): number | undefined {
  const seconds = Number(headers["retry-after"]);
  return (status === 429 || status >= 500) && Number.isFinite(seconds) ? seconds : undefined;
}

/** Texts of the headers `Warning: 299 - "…"` (https://www.rfc-editor.org/rfc/rfc7234#section-5.5). */
function warningsIn(rawHeaders: string[]): string[] {
  return rawHeaders.flatMap((name, index) => {
    if (index % 2 === 1 || name.toLowerCase() !== "warning") return [];
    const text = /^299 \S+ "([^]*)"$/.exec(rawHeaders[index + 1]!)?.[1];
    return text === undefined ? [] : [text.replace(/\\(.)/g, "$1")];
  });
}

async function optionsOf(config: KubeConfig): Promise<RequestOptions> {
  const options: RequestOptions = {};
  await config.applyToHTTPSOptions(options);
  // The library's own agent greets the server anew for each request, which takes both sides longer than the request.
  if (options.agent instanceof Agent)
    options.agent = new Agent({ ...options.agent.options, keepAlive: true });
  return options;
}
