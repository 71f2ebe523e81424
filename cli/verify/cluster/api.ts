import * as http from "node:http";
import * as https from "node:https";
import { KubeConfig } from "@kubernetes/client-node";

/** A request to the API server. */
export interface ApiRequest {
  /** Default: GET. */
  method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Path and query. */
  path: string;
  /** Sent as JSON. */
  body?: unknown;
  headers?: Record<string, string>;
  /** Without the credentials of the kubeconfig. Default: false. */
  anonymous?: boolean;
}

/** What the API server answered, whatever it was. */
export interface ApiAnswer {
  status: number;
  body: string;
  /** Names the request in the audit log. */
  auditId: string | undefined;
  /** What it warned of, as kubectl shows it. */
  warnings: string[];
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

const timeoutSeconds = 30;

/** The cluster of a kubeconfig's context, reached with its credentials. */
export class KubeApi implements Api {
  private constructor(
    readonly server: URL,
    readonly tlsServerName: string | undefined,
    private readonly credentials: https.RequestOptions,
    private readonly anonymous: https.RequestOptions,
  ) {}

  static async of(config: KubeConfig): Promise<KubeApi> {
    const cluster = config.getCurrentCluster();
    if (!cluster) throw new Error("the kubeconfig's context names no cluster");
    const stranger = new KubeConfig();
    stranger.loadFromClusterAndUser(cluster, { name: "nobody" });
    return new KubeApi(
      new URL(cluster.server),
      cluster.tlsServerName,
      await optionsOf(config),
      await optionsOf(stranger),
    );
  }

  request({ method = "GET", path, body, headers, anonymous }: ApiRequest): Promise<ApiAnswer> {
    const options = anonymous ? this.anonymous : this.credentials;
    const content = body === undefined ? undefined : JSON.stringify(body);
    const url = new URL(this.server.pathname.replace(/\/$/, "") + path, this.server);
    const send = url.protocol === "http:" ? http.request : https.request;
    return new Promise((resolve, reject) => {
      const request = send(
        url,
        {
          ...options,
          method,
          timeout: timeoutSeconds * 1000,
          headers: {
            Accept: "application/json",
            ...(content === undefined ? {} : { "Content-Type": "application/json" }),
            ...options.headers,
            ...headers,
          },
        },
        (response) => {
          const parts: Buffer[] = [];
          response.on("data", (part: Buffer) => parts.push(part));
          response.on("error", reject);
          response.on("end", () =>
            resolve({
              status: response.statusCode!,
              body: Buffer.concat(parts).toString("utf8"),
              auditId: [response.headers["audit-id"]].flat()[0],
              warnings: warningsIn(response.rawHeaders),
            }),
          );
        },
      );
      request.on("timeout", () =>
        request.destroy(new Error(`${this.server.host} did not answer within ${timeoutSeconds} s`)),
      );
      request.on("error", reject);
      request.end(content);
    });
  }
}

/** Texts of the headers `Warning: 299 - "…"` (https://www.rfc-editor.org/rfc/rfc7234#section-5.5). */
function warningsIn(rawHeaders: string[]): string[] {
  return rawHeaders.flatMap((name, index) => {
    if (index % 2 === 1 || name.toLowerCase() !== "warning") return [];
    const text = /^299 \S+ "([^]*)"$/.exec(rawHeaders[index + 1]!)?.[1];
    return text === undefined ? [] : [text.replace(/\\(.)/g, "$1")];
  });
}

async function optionsOf(config: KubeConfig): Promise<https.RequestOptions> {
  const options: https.RequestOptions = {};
  await config.applyToHTTPSOptions(options);
  return options;
}
