import { stringify } from "yaml";
import { silent } from "../../../cli/kit/progress.js";
import {
  importImages,
  initialise,
  startNode,
  type NodeClusterOptions,
  type StartedNode,
} from "../../../cli/lab/node/cluster.js";
import { Phases } from "../../../cli/lab/phases.js";
import { print } from "./running.js";

/**
 * A cluster of one real node that kubeadm made without this program: no audit log, no encryption, the defaults of every
 * component. It has what the settings do not change on a cluster that runs.
 */
export async function plainCluster(
  options: Omit<NodeClusterOptions, "progress" | "bundle">,
): Promise<StartedNode> {
  const { cluster } = options.settings;
  const first = cluster.nodes[0]!;
  const { name, address } = first;
  const version = "kubeadm.k8s.io/v1beta4";
  const documents = [
    {
      ...{ apiVersion: version, kind: "InitConfiguration" },
      localAPIEndpoint: { advertiseAddress: address, bindPort: 6443 },
      nodeRegistration: { name, taints: [] },
    },
    {
      ...{ apiVersion: version, kind: "ClusterConfiguration" },
      kubernetesVersion: cluster.kubernetesVersion,
      networking: {
        podSubnet: cluster.podSubnet,
        serviceSubnet: cluster.serviceSubnet,
        dnsDomain: cluster.dnsDomain,
      },
      apiServer: { certSANs: cluster.certSANs },
    },
    { apiVersion: "kubelet.config.k8s.io/v1beta1", kind: "KubeletConfiguration" },
  ];
  const configuration = documents.map((document) => stringify(document)).join("---\n");
  const phases = new Phases(silent, print);
  const started = await startNode(first, { ...options, progress: silent }, phases);
  const { node, images } = started;
  try {
    await node.run(["sh", "-c", "cat >/run/plain.yaml"], configuration);
    await importImages([node], images, "/run/plain.yaml");
    await phases.run(
      "kubeadm init",
      () => initialise(node, configuration),
      () => "a cluster without this program",
    );
    return started;
  } catch (error) {
    await node.stop();
    throw error;
  }
}
