import type { ControlPlaneNode } from "../../../components/control-plane/kubeadmDocuments.js";
import type { Settings } from "../../../stacks/settings/index.js";

/**
 * The settings for a lab of so many control-plane nodes: the first of those that they name, then further ones in the first
 * one's network. The first one is how the others reach the API server: nothing balances load here.
 */
export function settingsForNodes(settings: Settings, count = 1): Settings {
  const { cluster } = settings;
  const nodes = cluster.nodes.slice(0, count);
  const [first] = nodes;
  for (const node of candidates(first!)) {
    if (nodes.length >= count) break;
    if (!nodes.some(({ name, address }) => name === node.name || address === node.address)) nodes.push(node);
  }
  const endpoint = count > 1 ? { controlPlaneEndpoint: `${first!.address}:6443` } : {};
  return { ...settings, cluster: { ...cluster, nodes, ...endpoint } };
}

/** Nodes that could be made in a node's network, of 24 bits in a lab; 1 is what answers for the internet. */
function candidates({ name, address }: ControlPlaneNode): ControlPlaneNode[] {
  const at = address.lastIndexOf(".");
  const [network, own] = [address.slice(0, at), Number(address.slice(at + 1))];
  return Array.from({ length: 252 }, (_, index) => ({
    name: `${name}-${index + 2}`,
    address: `${network}.${((own - 1 + index) % 253) + 2}`,
  }));
}
