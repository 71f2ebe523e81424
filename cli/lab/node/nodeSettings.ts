import type { ControlPlaneNode } from "../../../components/control-plane/kubeadmDocuments.js";
import type { Settings } from "../../../stacks/settings/index.js";

/**
 * The settings for a lab of so many control-plane nodes: the first of those that they name, then further ones in the first
 * one's network. The first one is how the others reach the API server: nothing balances load here.
 */
export function settingsForNodes(settings: Settings, count: number): Settings {
  const { cluster } = settings;
  const named = cluster.nodes.slice(0, count);
  const [first] = named;
  const further = freeNodes(first!, cluster.nodes).slice(0, count - named.length);
  return {
    ...settings,
    cluster: {
      ...cluster,
      nodes: [...named, ...further],
      ...(count > 1 ? { controlPlaneEndpoint: `${first!.address}:6443` } : {}),
    },
  };
}

/** Nodes that could be made in a node's /24, which is how long its network's prefix is in a lab. */
function freeNodes(
  { name, address }: ControlPlaneNode,
  there: readonly ControlPlaneNode[],
): ControlPlaneNode[] {
  const [network, host] = [address.slice(0, address.lastIndexOf(".")), Number(address.split(".").at(-1))];
  const taken = (one: ControlPlaneNode) =>
    there.some((node) => node.name === one.name || node.address === one.address);
  return Array.from({ length: 253 }, (_, index) => ({
    name: `${name}-${index + 2}`,
    // 1 is that of the server that answers for the internet.
    address: `${network}.${((host + index - 1) % 253) + 2}`,
  })).filter((one) => !taken(one));
}
