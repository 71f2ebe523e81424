import { join, posix } from "node:path";
import { parseAllDocuments } from "yaml";
import type { ClusterConfiguration } from "../../../components/control-plane/kubeadmDocuments.js";
import { kubeadmConfigPath } from "../../../components/control-plane/kubeadmConfig.js";
import { yamlText } from "../../../components/control-plane/nodeFile.js";
import type { WrittenFile } from "../cluster/kubeadm.js";

/** A cluster of one node, as kind makes it (https://kind.sigs.k8s.io/docs/user/configuration/). */
export interface KindCluster {
  kind: "Cluster";
  apiVersion: "kind.x-k8s.io/v1alpha4";
  networking: { podSubnet: string; serviceSubnet: string; disableDefaultCNI: true };
  kubeadmConfigPatches: string[];
  nodes: { role: "control-plane"; image: string; extraMounts: KindMount[] }[];
}

export interface KindMount {
  hostPath: string;
  containerPath: string;
  readOnly: boolean;
}

export interface KindClusterArgs {
  /** Image of the node. Its Kubernetes is 1.36 or newer: for older ones kind speaks another version of kubeadm's API. */
  image: string;
  /** The program's node files for a cluster of one node. */
  files: readonly WrittenFile[];
  /** Folder below which these files lie on this machine. */
  folder: string;
}

type Document = { kind: string } | ClusterConfiguration;

const isCluster = (document: Document): document is ClusterConfiguration =>
  document.kind === "ClusterConfiguration";

/**
 * The program's control plane for kind: its kubeadm configuration as patches of kind's own, its other files mounted at
 * their paths. kind's network plugin is left out, because the program installs Cilium.
 */
export function kindCluster({ image, files, folder }: KindClusterArgs): KindCluster {
  const configurations = files.filter(({ path }) => path === kubeadmConfigPath);
  if (configurations.length !== 1) {
    throw new Error(`kind gets a cluster of one node, and there are ${configurations.length} of them`);
  }
  const documents = parseAllDocuments(configurations[0]!.content).map(
    (document) => document.toJSON() as Document,
  );
  const cluster = documents.find(isCluster)!;
  const { podSubnet, serviceSubnet } = cluster.networking;
  return {
    kind: "Cluster",
    apiVersion: "kind.x-k8s.io/v1alpha4",
    networking: { podSubnet, serviceSubnet, disableDefaultCNI: true },
    kubeadmConfigPatches: documents.flatMap(patchOf),
    nodes: [{ role: "control-plane", image, extraMounts: mounts(cluster, files, folder) }],
  };
}

/**
 * What of a document is the program's to say. kind itself names the cluster and the node, finds their addresses, takes the
 * taint off the only node, and knows the version of the image; flags and certificate names it sets besides ours stay.
 */
function patchOf(document: Document): string[] {
  if (document.kind === "InitConfiguration") return [];
  if (!isCluster(document)) return [yamlText(document)];
  const { apiVersion, kind, networking, apiServer, controllerManager, scheduler } = document;
  const { dnsDomain } = networking;
  return [yamlText({ apiVersion, kind, networking: { dnsDomain }, apiServer, controllerManager, scheduler })];
}

/** A folder that the API server mounts is one mount: a file that is replaced there is seen. Other files go by themselves. */
function mounts({ apiServer }: ClusterConfiguration, files: readonly WrittenFile[], folder: string) {
  const folders = new Set(apiServer.extraVolumes.map(({ hostPath }) => hostPath));
  const paths = files
    .filter(({ path }) => path !== kubeadmConfigPath)
    .map(({ path }) => (folders.has(posix.dirname(path)) ? posix.dirname(path) : path));
  return [...new Set(paths)].sort().map((path): KindMount => ({
    hostPath: join(folder, path),
    containerPath: path,
    readOnly: true,
  }));
}
