import type { Api, ApiRequest } from "../../../stacks/kubernetes/api.js";
import { ApiError } from "../../../stacks/kubernetes/apiError.js";

/** What every object of Kubernetes has. */
export interface KubeObject {
  metadata: {
    name: string;
    namespace?: string;
    uid?: string;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
    creationTimestamp?: string;
    deletionTimestamp?: string;
    /** Counts the changes of the spec. */
    generation?: number;
    ownerReferences?: { kind: string; name: string }[];
    /** Who wrote fields of it, and when. */
    managedFields?: { manager?: string; time?: string }[];
  };
}

/** The condition of a type, as most kinds report it. */
export interface Condition {
  type: string;
  status: string;
  reason?: string;
  message?: string;
  /** The generation that it is about, where the kind says so. */
  observedGeneration?: number;
}

/** Objects may be many; the API server is asked for so many at a time. */
const pageSize = 500;

/** Reads an object; undefined where it, or its kind, does not exist. */
export async function read<T>(api: Api, path: string): Promise<T | undefined> {
  const { status, body } = await api.request({ path });
  if (status === 404) return undefined;
  if (status !== 200) throw new ApiError(status, body, `GET ${path}`);
  return JSON.parse(body) as T;
}

/**
 * Lists objects; undefined where their kind does not exist.
 *
 * @param path Path of the collection; a query may follow.
 * @param metadataOnly True: the API server sends no more than names, labels and such, and of a Secret no value.
 */
export async function list<T extends KubeObject>(
  api: Api,
  path: string,
  metadataOnly = false,
): Promise<T[] | undefined> {
  const items: T[] = [];
  let more = "";
  do {
    const query = `limit=${pageSize}${more ? `&continue=${encodeURIComponent(more)}` : ""}`;
    const page = `${path}${path.includes("?") ? "&" : "?"}${query}`;
    const { status, body } = await api.request({
      path: page,
      ...(metadataOnly
        ? { headers: { Accept: "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1" } }
        : {}),
    });
    if (status === 404) return undefined;
    if (status !== 200) throw new ApiError(status, body, `GET ${path}`);
    const answer = JSON.parse(body) as { items: T[] | null; metadata: { continue?: string } };
    items.push(...(answer.items ?? []));
    more = answer.metadata.continue ?? "";
  } while (more);
  return items;
}

/** Creates an object and gives what the API server made of it. */
export async function create<T>(
  api: Api,
  path: string,
  body: object,
  options?: Pick<ApiRequest, "patient">,
): Promise<T> {
  const answer = await api.request({ method: "POST", path, body, ...options });
  if (answer.status !== 201) throw new ApiError(answer.status, answer.body, `POST ${path}`);
  return JSON.parse(answer.body) as T;
}

/** Deletes an object; one that does not exist is as good as deleted. */
export async function remove(api: Api, path: string): Promise<void> {
  const { status, body } = await api.request({ method: "DELETE", path });
  if (status !== 404 && status >= 300) throw new ApiError(status, body, `DELETE ${path}`);
}

/** The condition of that type among an object's. */
export function conditionOf(
  object: { status?: { conditions?: Condition[] } },
  type: string,
): Condition | undefined {
  return object.status?.conditions?.find((condition) => condition.type === type);
}

/** Whether an object was changed after its controller said that. */
export function isOutdated({ metadata }: KubeObject, { observedGeneration }: Condition): boolean {
  return observedGeneration !== undefined && observedGeneration < (metadata.generation ?? 0);
}

/** `namespace/name`, or the name alone. */
export function namespacedName({ metadata }: KubeObject): string {
  return metadata.namespace === undefined ? metadata.name : `${metadata.namespace}/${metadata.name}`;
}
