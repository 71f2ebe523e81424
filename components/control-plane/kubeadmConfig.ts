import * as pulumi from "@pulumi/pulumi";
import { kubeadmDocuments, type KubeadmCluster } from "./kubeadmDocuments.js";
import { yamlText, type NodeFile } from "./nodeFile.js";

export interface KubeadmConfigArgs extends Omit<KubeadmCluster, "audit"> {
  /** The audit policy's file, and how long and how large the log may get. */
  audit: Omit<KubeadmCluster["audit"], "policyPath"> & { policyPath: pulumi.Input<string> };
}

/** Where kubeadm's configuration lies on each node. */
export const kubeadmConfigPath = "/etc/kubernetes/kubeadm/config.yaml";

/**
 * What kubeadm is run with on each control-plane node. Flags belong here and not into the manifests under
 * /etc/kubernetes/manifests: `kubeadm upgrade` writes those anew.
 */
export class KubeadmConfig extends pulumi.ComponentResource {
  /** One file per node, all at the same path. */
  readonly files: pulumi.Output<(NodeFile & { content: string; node: string })[]>;

  constructor(name: string, args: KubeadmConfigArgs, opts?: pulumi.ComponentResourceOptions) {
    super("cluster-security:control-plane:KubeadmConfig", name, {}, opts);
    this.files = pulumi.output(args).apply((cluster) => kubeadmFiles(cluster));
    this.registerOutputs({ files: this.files });
  }
}

/** The configuration of every node. Fails when kubeadm could not make one cluster of them. */
export function kubeadmFiles(cluster: KubeadmCluster): (NodeFile & { content: string; node: string })[] {
  const { nodes, controlPlaneEndpoint } = cluster;
  if (nodes.length === 0) throw new Error("a cluster needs a control-plane node");
  if (nodes.length > 1 && !controlPlaneEndpoint) {
    throw new Error(
      `${nodes.length} control-plane nodes need a controlPlaneEndpoint they share; kubeadm joins no second one without it`,
    );
  }
  return nodes.map((node) => ({
    path: kubeadmConfigPath,
    mode: "0600",
    content: yamlText(...kubeadmDocuments(cluster, node)),
    node: node.name,
  }));
}
