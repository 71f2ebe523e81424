import { othersNamespaces } from "../../../components/common/addOnNamespaces.js";
import { neededKinds } from "../../../components/common/neededKinds.js";
import type { Values } from "../../plan/providers/standIn.js";
import type { ClusterConnection } from "./connection.js";

/** Field manager of what Pulumi makes; that of an update begins like it. */
export const creator = "pulumi-kubernetes";

/** Field manager of what the lab itself puts into the cluster. */
const manager = "lab";

export interface PrerequisiteOptions {
  /** Namespaces that belong to others. */
  namespaces: readonly string[];
  /** Sizes of the volumes there are. */
  volumes: readonly string[];
}

/** What a cluster such as musashi has in addition to this program: Traefik, the monitoring stack, ArgoCD; and a few volumes. */
export const defaultPrerequisites: PrerequisiteOptions = {
  namespaces: [...Object.values(othersNamespaces), "backstage", "n8n", "postgres", "miniflux"],
  volumes: ["1Gi", "1Gi", "1Gi", "5Gi", "5Gi", "10Gi", "50Gi"],
};

/** Puts into the cluster what the program expects to find there. Safe to repeat. */
export async function installPrerequisites(
  { api, definitions }: ClusterConnection,
  { namespaces, volumes }: PrerequisiteOptions = defaultPrerequisites,
): Promise<void> {
  const apply = (object: Values) => api.apply(object, { manager, force: true });
  const custom = Object.values(neededKinds).flatMap(({ apiVersion, kinds }) =>
    Object.keys(kinds).map((kind) => ({ apiVersion, kind, namespaced: true })),
  );
  await Promise.all(custom.map((kind) => definitions.ensure(kind)));
  for (const name of namespaces) await apply({ apiVersion: "v1", kind: "Namespace", metadata: { name } });
  await apply(storageClass);
  for (const [index, size] of volumes.entries()) await apply(volume(index, size));
  // ArgoCD makes it at its first start, open to everything. Its POST owns the spec as such, which its definition demands:
  // with an apply the spec would go together with the last field that somebody else has set in it.
  if (namespaces.includes(othersNamespaces.argocd) && !(await api.get(defaultProject))) {
    await api.create(defaultProject, manager);
  }
}

const storageClass = {
  apiVersion: "storage.k8s.io/v1",
  kind: "StorageClass",
  metadata: {
    name: "local-path",
    annotations: { "storageclass.kubernetes.io/is-default-class": "true", defaultVolumeType: "local" },
  },
  provisioner: "kubernetes.io/no-provisioner",
  volumeBindingMode: "WaitForFirstConsumer",
};

const volumePath = (index: number): string => `/var/lib/local-path/${index + 1}`;

/** Folders on a node that the volumes are; they have to exist where pods run. */
export const volumePaths = defaultPrerequisites.volumes.map((_, index) => volumePath(index));

/** As local-path-provisioner makes it where it is told `local`. */
function volume(index: number, storage: string): Values {
  return {
    apiVersion: "v1",
    kind: "PersistentVolume",
    metadata: { name: `local-${index + 1}` },
    spec: {
      capacity: { storage },
      accessModes: ["ReadWriteOnce", "ReadWriteMany"],
      persistentVolumeReclaimPolicy: "Retain",
      storageClassName: "local-path",
      local: { path: volumePath(index) },
      nodeAffinity: {
        required: {
          nodeSelectorTerms: [{ matchExpressions: [{ key: "kubernetes.io/hostname", operator: "Exists" }] }],
        },
      },
    },
  };
}

const defaultProject = {
  apiVersion: "argoproj.io/v1alpha1",
  kind: "AppProject",
  metadata: { name: "default", namespace: othersNamespaces.argocd },
  spec: {
    sourceRepos: ["*"],
    destinations: [{ server: "*", namespace: "*" }],
    clusterResourceWhitelist: [{ group: "*", kind: "*" }],
  },
};

/** An object that a resource made, or has set fields of. */
export interface OwnedObject {
  apiVersion: string;
  kind: string;
  namespace?: string;
  name: string;
}

/**
 * Every object in the cluster that a resource of a program made or has set fields of, and every note of a Helm release;
 * after a destroy there is none.
 */
export async function ownedObjects({ api }: Pick<ClusterConnection, "api">): Promise<OwnedObject[]> {
  const groups = ((await api.call("/apis"))["groups"] as Values[]).map(
    ({ preferredVersion }) => preferredVersion.groupVersion as string,
  );
  const found = await Promise.all(
    ["v1", ...groups].map(async (apiVersion) => {
      const listed = (await api.kindsOf(apiVersion)).filter(({ verbs }) => verbs.includes("list"));
      const objects = await Promise.all(listed.map((served) => api.list(apiVersion, served)));
      return listed.flatMap(({ kind }, index) =>
        objects[index]!.filter((object) => isOwned(object) || (kind === "Secret" && isHelms(object))).map(
          ({ metadata: { namespace, name } }) => ({ apiVersion, kind, namespace, name }),
        ),
      );
    }),
  );
  return found.flat();
}

function isOwned({ metadata }: Values): boolean {
  const managers = ((metadata.managedFields ?? []) as Values[]).map(({ manager }) => String(manager));
  return managers.some((name) => name.startsWith(creator));
}

function isHelms({ metadata }: Values): boolean {
  return metadata.labels?.owner === "helm";
}
