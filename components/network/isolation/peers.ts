import type { INetworkPolicyPeer } from "kubernetes-models/networking.k8s.io/v1/NetworkPolicyPeer";
import type { INetworkPolicyPort } from "kubernetes-models/networking.k8s.io/v1/NetworkPolicyPort";
import type {
  CiliumEgressRule,
  CiliumEntity,
  CiliumIngressRule,
  CiliumSelector,
} from "./ciliumNetworkPolicy.js";
import type { Flow, Peer, Pods } from "./flow.js";

/** Addresses that are nobody's on the internet: home networks, link-local, multicast and the like (RFC 6890). */
export const nonPublicNetworks = {
  "0.0.0.0/0": [
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "224.0.0.0/4",
    "240.0.0.0/4",
  ],
  "::/0": ["::1/128", "fc00::/7", "fe80::/10", "ff00::/8"],
};

/** Whether a standard NetworkPolicy can say so: it knows pods by labels, and addresses. */
export function isStandard(peer: Peer): boolean {
  if (peer.kind === "pods") return peer.serviceAccount === undefined;
  return peer.kind === "internet" || peer.kind === "networks";
}

/** An end as a standard policy names it. */
export function standardPeers(peer: Peer): INetworkPolicyPeer[] {
  if (peer.kind === "pods") {
    return [
      {
        namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": peer.namespace } },
        ...(peer.labels ? { podSelector: { matchLabels: peer.labels } } : {}),
      },
    ];
  }
  return blocks(peer).map((ipBlock) => ({ ipBlock }));
}

export function standardPorts({ ports }: Flow): INetworkPolicyPort[] {
  return ports.map(({ number, protocol }) => ({ port: number, protocol }));
}

/** An end that opens connections, as Cilium names it. */
export function ciliumSource(peer: Peer): Omit<CiliumIngressRule, "toPorts"> {
  switch (peer.kind) {
    case "pods":
      return { fromEndpoints: [selectorOf(peer, true)] };
    case "nodes":
      return { fromEntities: ["host", "remote-node"] };
    case "kube-apiserver":
      // It runs on the nodes' own network: what reaches a pod of another node may come from that node's address inside
      // the tunnel, which is not the API server's.
      return { fromEntities: ["host", "kube-apiserver", "remote-node"] };
    default:
      return { fromCIDRSet: blocks(peer) };
  }
}

/** An end that connections are opened to, as Cilium names it. */
export function ciliumTarget(peer: Peer): Omit<CiliumEgressRule, "toPorts"> {
  switch (peer.kind) {
    case "pods":
      return { toEndpoints: [selectorOf(peer, true)] };
    case "hosts":
      return {
        toFQDNs: peer.names.map((name) =>
          name.includes("*") ? { matchPattern: name } : { matchName: name },
        ),
      };
    case "nodes":
      return { toEntities: ["host", "remote-node"] satisfies CiliumEntity[] };
    case "kube-apiserver":
      return { toEntities: ["kube-apiserver"] };
    default:
      return { toCIDRSet: blocks(peer) };
  }
}

/** Pods as Cilium selects them; in a policy's own namespace the namespace goes without saying. */
export function selectorOf({ namespace, labels, serviceAccount }: Pods, elsewhere: boolean): CiliumSelector {
  const matchLabels = Object.fromEntries([
    ...(elsewhere ? [["k8s:io.kubernetes.pod.namespace", namespace]] : []),
    ...Object.entries(labels ?? {}).map(([key, value]) => [`k8s:${key}`, value]),
    ...(serviceAccount ? [["k8s:io.cilium.k8s.policy.serviceaccount", serviceAccount]] : []),
  ]) as Record<string, string>;
  return Object.keys(matchLabels).length > 0 ? { matchLabels } : {};
}

function blocks(peer: Peer): { cidr: string; except?: string[] }[] {
  if (peer.kind === "internet") {
    return Object.entries(nonPublicNetworks).map(([cidr, except]) => ({ cidr, except }));
  }
  return peer.kind === "networks" ? peer.cidrs.map((cidr) => ({ cidr })) : [];
}
