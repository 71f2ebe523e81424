import { setTimeout as sleep } from "node:timers/promises";
import { KubeApi, type ApiAnswer, type ApiRequest } from "../../../stacks/kubernetes/api.js";
import { ApiError } from "../../../stacks/kubernetes/apiError.js";
import type { Values } from "../../plan/providers/standIn.js";

/** How the API server serves one kind. */
export interface ServedKind {
  name: string;
  namespaced: boolean;
  kind: string;
  verbs: string[];
}

interface Call {
  method?: ApiRequest["method"];
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
}

const mostRetries = 10;

/** The objects of a cluster, of any kind that its API server serves. */
export class ObjectApi {
  private readonly served = new Map<string, ServedKind[]>();

  constructor(private readonly server: KubeApi) {}

  static async connect(kubeconfig: string): Promise<ObjectApi> {
    return new ObjectApi(await KubeApi.at(kubeconfig));
  }

  /** The object as it is, or undefined where there is none, or no such kind. */
  async get(object: Values): Promise<Values | undefined> {
    const path = await this.pathOf(object);
    return path === undefined ? undefined : unlessMissing(this.call(path));
  }

  /** Makes an object; one that exists is refused with 409, AlreadyExists. */
  async create(object: Values, manager: string, { dryRun = false } = {}): Promise<Values> {
    const path = await this.pathOf(object);
    if (path === undefined) throw new ApiError(404, unservedMessage(object));
    return this.call(path.slice(0, path.lastIndexOf("/")), {
      method: "POST",
      query: { fieldManager: manager, fieldValidation: "Strict", ...(dryRun && { dryRun: "All" }) },
      body: { type: "application/json", content: object },
    });
  }

  /** Server-side apply (https://kubernetes.io/docs/reference/using-api/server-side-apply/). */
  async apply(object: Values, { manager, force = false }: ApplyRequest): Promise<Values> {
    const path = await this.pathOf(object);
    if (path === undefined) throw new ApiError(404, unservedMessage(object));
    return this.call(path, {
      method: "PATCH",
      query: {
        fieldManager: manager,
        fieldValidation: "Strict",
        force: String(force),
      },
      body: { type: "application/apply-patch+yaml", content: object },
    });
  }

  /** Asks for the deletion, by default of what belongs to the object first; what has gone already is no mistake. */
  async delete(object: Values, propagationPolicy = "Foreground"): Promise<void> {
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

  /**
   * One request, repeated where client-go repeats it: a read whose connection broke, and what the server asks for once
   * more (https://github.com/kubernetes/client-go/blob/v0.36.0/rest/with_retry.go). A server that takes no connection is not
   * waited for.
   */
  async call(
    path: string,
    { method, query = {}, body, accept = "application/json" }: Call = {},
  ): Promise<Values> {
    const request: ApiRequest = {
      method,
      path: `${path}?${new URLSearchParams(query).toString()}`,
      body: body?.content,
      headers: { Accept: accept, ...(body && { "Content-Type": body.type }) },
      patient: false,
    };
    for (let retries = 0; ; retries++) {
      const outcome = await this.server.request(request).catch((error: Error) => error);
      const seconds = secondsToRetry(outcome, method);
      if (seconds === undefined || retries === mostRetries) return valuesOf(outcome);
      await sleep(seconds * 1000);
    }
  }
}

function valuesOf(outcome: ApiAnswer | Error): Values {
  if (outcome instanceof Error) throw outcome;
  if (outcome.status >= 300) throw new ApiError(outcome.status, outcome.body);
  return JSON.parse(outcome.body) as Values;
}

/** After how many seconds a request that ended so is repeated; undefined where it is not. */
export function secondsToRetry(
  outcome: Pick<ApiAnswer, "status" | "retryAfter"> | (Error & { code?: unknown }),
  method = "GET",
): number | undefined {
  if (outcome instanceof Error) return method === "GET" && outcome.code === "ECONNRESET" ? 1 : undefined;
  return outcome.status === 429 || outcome.status >= 500 ? outcome.retryAfter : undefined;
}

function rootOf(apiVersion: string): string {
  return apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
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
