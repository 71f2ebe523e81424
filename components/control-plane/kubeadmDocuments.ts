import { posix } from "node:path";
import { hardening, programFields, programFlags } from "./hardening.js";
import { auditLogPath } from "./hardening/apiServer.js";
import type { HardeningArgs } from "./hardening/measure.js";

/** A flag of a process, as kubeadm v1beta4 writes it. */
export interface ExtraArg {
  name: string;
  value: string;
}

/** A folder or file of the node that a static pod sees. */
export interface HostPathMount {
  name: string;
  hostPath: string;
  mountPath: string;
  readOnly: boolean;
  pathType: "Directory" | "DirectoryOrCreate" | "File" | "FileOrCreate";
}

/** `InitConfiguration` of kubeadm.k8s.io/v1beta4, as far as it is used here: what is particular to one node. */
export interface InitConfiguration {
  apiVersion: "kubeadm.k8s.io/v1beta4";
  kind: "InitConfiguration";
  localAPIEndpoint: { advertiseAddress: string; bindPort: number };
  nodeRegistration: { name: string; taints?: [] };
}

/** `ClusterConfiguration` of kubeadm.k8s.io/v1beta4, as far as it is used here. */
export interface ClusterConfiguration {
  apiVersion: "kubeadm.k8s.io/v1beta4";
  kind: "ClusterConfiguration";
  clusterName: string;
  kubernetesVersion: string;
  controlPlaneEndpoint?: string;
  networking: { dnsDomain: string; podSubnet: string; serviceSubnet: string };
  apiServer: { certSANs?: string[]; extraArgs: ExtraArg[]; extraVolumes: HostPathMount[] };
  controllerManager: { extraArgs: ExtraArg[] };
  scheduler: { extraArgs: ExtraArg[] };
}

/** `KubeletConfiguration` of kubelet.config.k8s.io/v1beta1: the fields of the hardening; kubeadm adds its own. */
export interface KubeletConfiguration {
  apiVersion: "kubelet.config.k8s.io/v1beta1";
  kind: "KubeletConfiguration";
  [field: string]: string | number | boolean;
}

/** `KubeProxyConfiguration` of kubeproxy.config.k8s.io/v1alpha1: likewise. */
export interface KubeProxyConfiguration {
  apiVersion: "kubeproxy.config.k8s.io/v1alpha1";
  kind: "KubeProxyConfiguration";
  [field: string]: string | number | boolean;
}

/** A control-plane node. */
export interface ControlPlaneNode {
  /** As `kubectl get nodes` shows it. */
  name: string;
  /** Address the API server advertises on it. */
  address: string;
}

/** The cluster that kubeadm is to make. */
export interface KubeadmCluster extends HardeningArgs {
  /** Name of the cluster, in kubeconfig files and certificates. */
  clusterName: string;
  /** The version that runs, exact and with a leading v, such as v1.36.2. */
  kubernetesVersion: string;
  /** Stable host:port of the API server; required with more than one node. Default: none. */
  controlPlaneEndpoint?: string;
  /** Further names and addresses in the API server's certificate. Default: none. */
  certSANs?: string[];
  /** Control-plane nodes, the first one initialises the cluster. */
  nodes: ControlPlaneNode[];
  /** Addresses of pods. */
  podSubnet: string;
  /** Addresses of Services. */
  serviceSubnet: string;
  /** DNS domain of Services. */
  dnsDomain: string;
}

/** The four documents kubeadm reads on a node, in the order of its own documentation. */
export function kubeadmDocuments(
  cluster: KubeadmCluster,
  node: ControlPlaneNode,
): [InitConfiguration, ClusterConfiguration, KubeletConfiguration, KubeProxyConfiguration] {
  const items = hardening(cluster);
  return [
    initConfiguration(cluster, node),
    clusterConfiguration(cluster),
    {
      apiVersion: "kubelet.config.k8s.io/v1beta1",
      kind: "KubeletConfiguration",
      ...programFields(items, "kubelet"),
    },
    {
      apiVersion: "kubeproxy.config.k8s.io/v1alpha1",
      kind: "KubeProxyConfiguration",
      ...programFields(items, "kubeProxy"),
    },
  ];
}

function initConfiguration({ nodes }: KubeadmCluster, node: ControlPlaneNode): InitConfiguration {
  return {
    apiVersion: "kubeadm.k8s.io/v1beta4",
    kind: "InitConfiguration",
    localAPIEndpoint: { advertiseAddress: node.address, bindPort: 6443 },
    // The only node has to run the workloads; an empty list is how kubeadm is told to set no taint.
    nodeRegistration: { name: node.name, ...(nodes.length === 1 ? { taints: [] } : {}) },
  };
}

function clusterConfiguration(cluster: KubeadmCluster): ClusterConfiguration {
  const items = hardening(cluster);
  return {
    apiVersion: "kubeadm.k8s.io/v1beta4",
    kind: "ClusterConfiguration",
    clusterName: cluster.clusterName,
    kubernetesVersion: cluster.kubernetesVersion,
    ...(cluster.controlPlaneEndpoint ? { controlPlaneEndpoint: cluster.controlPlaneEndpoint } : {}),
    networking: {
      dnsDomain: cluster.dnsDomain,
      podSubnet: cluster.podSubnet,
      serviceSubnet: cluster.serviceSubnet,
    },
    apiServer: {
      ...(cluster.certSANs?.length ? { certSANs: cluster.certSANs } : {}),
      extraArgs: extraArgs(programFlags(items, "apiserver")),
      extraVolumes: apiServerVolumes(cluster),
    },
    controllerManager: { extraArgs: extraArgs(programFlags(items, "controllerManager")) },
    scheduler: { extraArgs: extraArgs(programFlags(items, "scheduler")) },
  };
}

function extraArgs(flags: Record<string, string>): ExtraArg[] {
  return Object.entries(flags)
    .map(([name, value]) => ({ name, value }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/**
 * Folders, never single files: a mounted file stays the one that was there at the start, so a replaced encryption
 * configuration would never be seen. A missing configuration folder stops the pod with the folder's name; one that
 * the kubelet made up would be empty, and the API server would say less.
 */
function apiServerVolumes({
  audit,
  authenticationConfigPath,
  encryptionConfigPath,
}: KubeadmCluster): HostPathMount[] {
  const readOnly = (name: string, path: string): HostPathMount => ({
    name,
    hostPath: posix.dirname(path),
    mountPath: posix.dirname(path),
    readOnly: true,
    pathType: "Directory",
  });
  const logs = posix.dirname(auditLogPath);
  return [
    { name: "audit-log", hostPath: logs, mountPath: logs, readOnly: false, pathType: "DirectoryOrCreate" },
    readOnly("audit-policy", audit.policyPath),
    readOnly("authentication", authenticationConfigPath),
    readOnly("encryption", encryptionConfigPath),
  ];
}
