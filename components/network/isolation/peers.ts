import type { INetworkPolicyPeer } from "kubernetes-models/networking.k8s.io/v1/NetworkPolicyPeer";
import type { INetworkPolicyPort } from "kubernetes-models/networking.k8s.io/v1/NetworkPolicyPort";
import type {
  CiliumEgressRule,
  CiliumEntity,
  CiliumIngressRule,
  CiliumSelector,
} from "./ciliumNetworkPolicy.js";
import type { Flow, Place, Pods } from "./flow.js";

/** Addresses that are nobody's on the internet: home networks, link-local, multicast and the like (RFC 6890). */
export const notPublic = {
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
export function isStandard(place: Place): boolean {
  if (place.kind === "pods") return place.serviceAccount === undefined;
  return place.kind === "internet" || place.kind === "networks";
}

/** An end as a standard policy names it. */
export function standardPeers(place: Place): INetworkPolicyPeer[] {
  if (place.kind === "pods") {
    return [
      {
        namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": place.namespace } },
        ...(place.labels ? { podSelector: { matchLabels: place.labels } } : {}),
      },
    ];
  }
  return blocks(place).map((ipBlock) => ({ ipBlock }));
}

export function standardPorts({ ports }: Flow): INetworkPolicyPort[] {
  return ports.map(({ number, protocol }) => ({ port: number, protocol }));
}

/** An end that opens connections, as Cilium names it. */
export function ciliumSource(place: Place): Omit<CiliumIngressRule, "toPorts"> {
  switch (place.kind) {
    case "pods":
      return { fromEndpoints: [selectorOf(place, true)] };
    case "nodes":
      return { fromEntities: ["host", "remote-node"] };
    case "kube-apiserver":
      // It runs on the nodes' own network: what reaches a pod of another node may come from that node's address inside
      // the tunnel, which is not the API server's.
      return { fromEntities: ["host", "kube-apiserver", "remote-node"] };
    default:
      return { fromCIDRSet: blocks(place) };
  }
}

/** An end that connections are opened to, as Cilium names it. */
export function ciliumTarget(place: Place): Omit<CiliumEgressRule, "toPorts"> {
  switch (place.kind) {
    case "pods":
      return { toEndpoints: [selectorOf(place, true)] };
    case "hosts":
      return {
        toFQDNs: place.names.map((name) =>
          name.includes("*") ? { matchPattern: name } : { matchName: name },
        ),
      };
    case "nodes":
      return { toEntities: ["host", "remote-node"] satisfies CiliumEntity[] };
    case "kube-apiserver":
      return { toEntities: ["kube-apiserver"] };
    default:
      return { toCIDRSet: blocks(place) };
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

function blocks(place: Place): { cidr: string; except?: string[] }[] {
  if (place.kind === "internet") {
    return Object.entries(notPublic).map(([cidr, except]) => ({ cidr, except }));
  }
  return place.kind === "networks" ? place.cidrs.map((cidr) => ({ cidr })) : [];
}
