import type { Change, Values } from "../standIn.js";

const workload = ["spec.selector"];
const roleBinding = ["roleRef"];

/**
 * Properties the API server does not let anybody change, by group and kind; the official provider replaces the object
 * (https://github.com/pulumi/pulumi-kubernetes, provider/pkg/provider/diff.go).
 */
const immutable: Record<string, string[]> = {
  "apps/DaemonSet": workload,
  "apps/Deployment": workload,
  "apps/StatefulSet": [
    ...workload,
    "spec.podManagementPolicy",
    "spec.revisionHistoryLimit",
    "spec.serviceName",
    "spec.volumeClaimTemplates",
  ],
  "batch/Job": ["spec.completions", "spec.parallelism", "spec.selector", "spec.template"],
  "/PersistentVolumeClaim": ["spec.accessModes", "spec.selector", "spec.storageClassName", "spec.volumeName"],
  "/ResourceQuota": ["spec.scopes"],
  "/Secret": ["type"],
  "/Service": ["spec.clusterIP"],
  "rbac.authorization.k8s.io/ClusterRoleBinding": roleBinding,
  "rbac.authorization.k8s.io/RoleBinding": roleBinding,
  "storage.k8s.io/StorageClass": ["parameters", "provisioner"],
};

/** Whether the official provider lets the contents of ConfigMaps and Secrets change in place. */
export interface Mutability {
  configMaps: boolean;
  secrets: boolean;
}

/** Whether a change means another object. */
export function replaces({ path }: Change, object: Values, mutability: Mutability): boolean {
  return immutableProperties(object, mutability).some((property) =>
    property.split(".").every((part, index) => index >= path.length || path[index] === part),
  );
}

function immutableProperties(object: Values, mutability: Mutability): string[] {
  const apiVersion = object["apiVersion"] as string;
  const group = apiVersion.includes("/") ? apiVersion.split("/")[0]! : "";
  const properties = [
    "metadata.name",
    "metadata.namespace",
    ...(immutable[`${group}/${object["kind"]}`] ?? []),
  ];
  if (apiVersion !== "v1") return properties;
  if (object["kind"] === "Secret" && (!mutability.secrets || object["immutable"] === true)) {
    properties.push("data", "stringData");
  }
  if (object["kind"] === "ConfigMap" && (!mutability.configMaps || object["immutable"] === true)) {
    properties.push("data", "binaryData");
  }
  return properties;
}

/** Two objects cannot bear one name at the same time, unless they lie in different namespaces. */
export function collides(olds: Values, news: Values): boolean {
  const identity = ({ metadata = {} }: Values) => `${metadata.namespace ?? "default"}/${metadata.name}`;
  return identity(olds) === identity(news);
}
