import { setTimeout as sleep } from "node:timers/promises";
import { KubeApi, type ApiRequest } from "../../kit/kubernetes/api.js";
import { ApiError } from "../../kit/kubernetes/apiError.js";
import type { Values } from "../../plan/providers/standIn.js";
import { isPassing } from "./passing.js";

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
  dryRun?: boolean;
}

/** The objects of a cluster, of any kind that its API server serves. */
export class Api {
  private readonly served = new Map<string, ServedKind[]>();

  private constructor(
    private readonly server: KubeApi,
    private readonly patienceSeconds: number,
  ) {}

  /** @param patienceSeconds How long a server that restarts is waited for. Default: 90. */
  static async connect(kubeconfig: string, patienceSeconds = 90): Promise<Api> {
    return new Api(await KubeApi.at(kubeconfig), patienceSeconds);
  }

  /** The object as it is, or undefined where there is none, or no such kind. */
  async get(object: Values): Promise<Values | undefined> {
    const path = await this.pathOf(object);
    return path === undefined ? undefined : unlessMissing(this.call(path));
  }

  /** Server-side apply (https://kubernetes.io/docs/reference/using-api/server-side-apply/). */
  async apply(object: Values, { manager, force = false, dryRun = false }: ApplyRequest): Promise<Values> {
    const path = await this.pathOf(object);
    if (path === undefined) throw new ApiError(404, unservedMessage(object));
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

  private async once(
    path: string,
    { method, query = {}, body, accept = "application/json" }: Call,
  ): Promise<Values> {
    const answer = await this.server.request({
      method,
      path: `${path}?${new URLSearchParams(query).toString()}`,
      body: body?.content,
      headers: { Accept: accept, ...(body && { "Content-Type": body.type }) },
    });
    if (answer.status >= 300) throw new ApiError(answer.status, answer.body);
    return JSON.parse(answer.body) as Values;
  }
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
