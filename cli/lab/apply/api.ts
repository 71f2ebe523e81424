import { request, type RequestOptions } from "node:https";
import { setTimeout as sleep } from "node:timers/promises";
import { KubeConfig } from "@kubernetes/client-node";
import type { Values } from "../../plan/providers/standIn.js";
import { isPassing } from "./passing.js";

/** What the API server answers when it refuses. */
export class ApiError extends Error {
  constructor(
    message: string,
    readonly code: number,
    readonly reason: string,
  ) {
    super(message);
  }
}

/** How the API server serves one kind. */
export interface ServedKind {
  name: string;
  namespaced: boolean;
  kind: string;
  verbs: string[];
}

interface Call {
  method?: string;
  query?: Record<string, string>;
  /** Text is sent as it is, anything else as JSON. */
  body?: { type: string; content: unknown };
  accept?: string;
}

export interface ApplyRequest {
  /** Who owns the fields of this object that the request sets. */
  manager: string;
  /** Take fields away from others. Default: false. */
  force?: boolean;
  dryRun?: boolean;
}

const requestSeconds = 30;

/**
 * The API server, spoken to with what @kubernetes/client-node makes of a kubeconfig. Its own object API goes through
 * typed models, which silently drop a property they do not know; the API server's strict validation would never see it.
 */
export class Api {
  private readonly served = new Map<string, ServedKind[]>();

  private constructor(
    private readonly server: string,
    private readonly options: RequestOptions,
    private readonly patienceSeconds: number,
  ) {}

  /** @param patienceSeconds How long a server that restarts is waited for. Default: 90. */
  static async connect(kubeconfig: string, patienceSeconds = 90): Promise<Api> {
    const config = new KubeConfig();
    config.loadFromFile(kubeconfig);
    const options: RequestOptions = {};
    await config.applyToHTTPSOptions(options);
    return new Api(config.getCurrentCluster()!.server, options, patienceSeconds);
  }

  /** The object as it is, or undefined where there is none, or no such kind. */
  async get(object: Values): Promise<Values | undefined> {
    const path = await this.pathOf(object);
    return path === undefined ? undefined : unlessMissing(this.call(path));
  }

  /** Server-side apply (https://kubernetes.io/docs/reference/using-api/server-side-apply/). */
  async apply(object: Values, { manager, force = false, dryRun = false }: ApplyRequest): Promise<Values> {
    const path = await this.pathOf(object);
    if (path === undefined) throw new ApiError(unservedMessage(object), 404, "NoMatch");
    return this.call(path, {
      method: "PATCH",
      query: {
        fieldManager: manager,
        fieldValidation: "Strict",
        force: String(force),
        ...(dryRun ? { dryRun: "All" } : {}),
      },
      body: { type: "application/apply-patch+yaml", content: object },
    });
  }

  /** Asks for the deletion; what has gone already is no mistake. */
  async delete(object: Values, propagationPolicy: string): Promise<void> {
    const path = await this.pathOf(object);
    if (path === undefined) return;
    const body = { type: "application/json", content: { propagationPolicy } };
    await unlessMissing(this.call(path, { method: "DELETE", body }));
  }

  /** Name, labels and the like of all objects of a kind, without what they hold. */
  async list(
    apiVersion: string,
    { name }: Pick<ServedKind, "name">,
    query = {},
    namespace?: string,
  ): Promise<Values[]> {
    const folder = namespace === undefined ? "" : `/namespaces/${namespace}`;
    const accept = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json";
    const answer = await unlessMissing(
      this.call(`${rootOf(apiVersion)}${folder}/${name}`, { query, accept }),
    );
    return (answer?.["items"] ?? []) as Values[];
  }

  /** The kinds of one API version; none where there is no such version. */
  async kindsOf(apiVersion: string): Promise<ServedKind[]> {
    const answer = await unlessMissing(this.call(rootOf(apiVersion)));
    const kinds = ((answer?.["resources"] ?? []) as ServedKind[]).filter(({ name }) => !name.includes("/"));
    this.served.set(apiVersion, kinds);
    return kinds;
  }

  /** Undefined where the API server does not serve the kind, as yet. */
  async kindOf({ apiVersion, kind }: Values): Promise<ServedKind | undefined> {
    const find = (kinds: ServedKind[] | undefined) => kinds?.find((served) => served.kind === kind);
    return find(this.served.get(apiVersion as string)) ?? find(await this.kindsOf(apiVersion as string));
  }

  private async pathOf(object: Values): Promise<string | undefined> {
    const served = await this.kindOf(object);
    if (!served) return undefined;
    const { name, namespace = "default" } = object["metadata"] as { name: string; namespace?: string };
    const folder = served.namespaced ? `/namespaces/${namespace}` : "";
    return `${rootOf(object["apiVersion"] as string)}${folder}/${served.name}/${encodeURIComponent(name)}`;
  }

  /** One request; a server that cannot be reached for the moment is asked again. Every request here may be repeated. */
  async call(path: string, call: Call = {}): Promise<Values> {
    const deadline = performance.now() + this.patienceSeconds * 1000;
    for (let pause = 100; ; pause = Math.min(pause * 2, 2000)) {
      try {
        return await this.once(path, call);
      } catch (error) {
        if (!isPassing(error as Error) || performance.now() > deadline) throw error;
        await sleep(pause);
      }
    }
  }

  private once(
    path: string,
    { method = "GET", query = {}, body, accept = "application/json" }: Call,
  ): Promise<Values> {
    const url = new URL(`${this.server}${path}?${new URLSearchParams(query).toString()}`);
    const headers = { accept, ...(body && { "content-type": body.type }) };
    return new Promise((resolve, reject) => {
      const sent = request(
        url,
        { ...this.options, method, headers, timeout: requestSeconds * 1000 },
        (response) => {
          const chunks: Buffer[] = [];
          response.on("data", (chunk: Buffer) => chunks.push(chunk));
          response.on("error", reject);
          response.on("end", () => {
            const text = Buffer.concat(chunks).toString("utf8");
            const status = response.statusCode!;
            if (status >= 200 && status < 300) resolve(JSON.parse(text) as Values);
            else reject(refusal(status, text));
          });
        },
      );
      sent.on("timeout", () => sent.destroy(new Error(`socket hang up: no answer in ${requestSeconds} s`)));
      sent.on("error", reject);
      sent.end(typeof body?.content === "string" ? body.content : body && JSON.stringify(body.content));
    });
  }
}

function rootOf(apiVersion: string): string {
  return apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
}

/** The server says why in a Status; what stands before it, such as a proxy, says it in plain text. */
function refusal(code: number, text: string): ApiError {
  try {
    const { message, reason } = JSON.parse(text) as { message?: string; reason?: string };
    return new ApiError(message ?? text, code, reason ?? "");
  } catch {
    return new ApiError(text.trim(), code, "");
  }
}

async function unlessMissing<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof ApiError && error.code === 404) return undefined;
    throw error;
  }
}

function unservedMessage({ apiVersion, kind }: Values): string {
  return `the API server does not serve ${apiVersion} ${kind}; is its CustomResourceDefinition installed?`;
}
