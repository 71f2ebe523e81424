import type { Values } from "./providers/standIn.js";

/** Names an object in a cluster: `NetworkPolicy.networking.k8s.io audit-logs/alloy`, `Namespace velero`. */
export type ObjectKey = string;

/** Kinds of Kubernetes and of the charts that lie in no namespace. */
const clusterScoped = new Set([
  ...["APIService", "ClusterIssuer", "ClusterRole", "ClusterRoleBinding", "CSIDriver"],
  ...["CiliumClusterwideNetworkPolicy", "CustomResourceDefinition", "GatewayClass", "IngressClass"],
  ...[
    "MutatingAdmissionPolicy",
    "MutatingAdmissionPolicyBinding",
    "MutatingWebhookConfiguration",
    "Namespace",
  ],
  ...["Node", "PersistentVolume", "PriorityClass", "RuntimeClass", "StorageClass"],
  ...["ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding", "ValidatingWebhookConfiguration"],
]);

/**
 * Returns the name of an object, of whatever version of its API; undefined where a part of it is not known yet.
 *
 * @param fallback Namespace of an object that names none.
 */
export function objectKey(object: Values, fallback = "default"): ObjectKey | undefined {
  const { apiVersion, kind, metadata } = object as { apiVersion?: string; kind?: string; metadata?: Values };
  const name: unknown = metadata?.["name"];
  const namespace: unknown = metadata?.["namespace"] ?? fallback;
  if (apiVersion === undefined || kind === undefined) return undefined;
  if (typeof name !== "string" || typeof namespace !== "string") return undefined;
  const group = apiVersion.includes("/") ? `.${apiVersion.split("/")[0]}` : "";
  return `${kind}${group} ${clusterScoped.has(kind) ? "" : `${namespace}/`}${name}`;
}

/** Names of the objects among manifests, those of lists as well; sorted, each once. */
export function objectKeys(manifests: readonly unknown[], namespace: string): ObjectKey[] {
  const named = manifests.flatMap((manifest): ObjectKey[] => {
    if (typeof manifest !== "object" || manifest === null) return [];
    const { kind, items } = manifest as { kind?: string; items?: unknown[] };
    if (kind?.endsWith("List") && items) return objectKeys(items, namespace);
    const name = objectKey(manifest, namespace);
    return name === undefined ? [] : [name];
  });
  return [...new Set(named)].sort();
}
