import { createHash } from "node:crypto";
import type { ClusterConnection } from "../../../../cli/lab/apply/index.js";
import type { Values } from "../../../../cli/plan/providers/standIn.js";

/** Kinds whose objects the cluster makes itself, from others or as it goes. */
const kindsOfTheCluster = ["Event", "Endpoints", "EndpointSlice", "Lease", "ControllerRevision"];
/** Objects that every namespace gets from the cluster. */
const objectsOfTheCluster = ["ServiceAccount default", "ConfigMap kube-root-ca.crt"];
const fieldsOfAnyObject = ["apiVersion", "kind", "metadata", "status"];
/** Fields that the cluster fills in, with other content for another object of the same name. */
const fieldsOfTheCluster = new Set([
  "clusterIP",
  "clusterIPs",
  "controller-uid",
  "batch.kubernetes.io/controller-uid",
  "deployment.kubernetes.io/revision",
]);

/**
 * Everything in a namespace, and the namespace, by kind and name, as far as somebody has set it. What a controller made
 * of another object is left out.
 */
export async function contents(
  cluster: ClusterConnection,
  namespace: string,
): Promise<Record<string, Values>> {
  const found: Record<string, Values> = {};
  const keep = (kind: string, object: Values) => {
    const { name, labels = {}, annotations = {}, ownerReferences = [] } = object["metadata"] as Values;
    if ((ownerReferences as Values[]).some(({ controller }) => controller)) return;
    if (objectsOfTheCluster.includes(`${kind} ${name}`)) return;
    const content = Object.entries(object).filter(([field]) => !fieldsOfAnyObject.includes(field));
    found[kind === "Namespace" ? kind : `${kind} ${name}`] = asSet({
      labels,
      annotations,
      ...Object.fromEntries(content),
    });
  };
  for (const apiVersion of await apiVersionsOf(cluster)) {
    const root = apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
    for (const { kind, name, namespaced, verbs } of await cluster.api.kindsOf(apiVersion)) {
      if (!namespaced || !verbs.includes("list") || kindsOfTheCluster.includes(kind)) continue;
      const { items } = await cluster.api.call(`${root}/namespaces/${namespace}/${name}`);
      for (const object of items as Values[]) keep(kind, object);
    }
  }
  keep("Namespace", await cluster.api.call(`/api/v1/namespaces/${namespace}`));
  return found;
}

function asSet(object: Values): Values {
  return JSON.parse(JSON.stringify(object), (key, value: unknown) => {
    if (fieldsOfTheCluster.has(key) && value !== "None") return undefined;
    // A difference of long texts could not be read.
    return typeof value === "string" && value.length > 200
      ? `sha256:${createHash("sha256").update(value).digest("hex")}`
      : value;
  }) as Values;
}

/** The preferred version of each group that is served. */
async function apiVersionsOf(cluster: ClusterConnection): Promise<string[]> {
  const { groups } = await cluster.api.call("/apis");
  return [
    "v1",
    ...(groups as Values[]).map(({ preferredVersion }) => preferredVersion.groupVersion as string),
  ];
}
