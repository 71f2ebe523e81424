import type {
  CiliumEgressRule,
  CiliumIngressRule,
} from "../../../../components/network/isolation/ciliumNetworkPolicy.js";
import type { Flow, Peer, Pods, Port } from "../../../../components/network/isolation/flow.js";
import type { Policies } from "../../../../components/network/isolation/policies.js";

type Direction = "ingress" | "egress";

/** A pod as one of the group: with its labels and ServiceAccount, and further ones. */
function podOf({ labels = {}, serviceAccount = "default" }: Pods) {
  return { labels: { ...labels, "pod-template-hash": "x" } as Record<string, string>, serviceAccount };
}

/**
 * Whether some rule of the policies lets the flow's connections through in that direction. It reads policies as Cilium
 * does, by what they select, and not by what they were made from.
 */
export function allows(
  policies: Pick<Policies, "standard" | "cilium">,
  flow: Flow,
  direction: Direction,
): boolean {
  const own = (direction === "ingress" ? flow.to : flow.from) as Pods;
  const peer = direction === "ingress" ? flow.from : flow.to;
  return flow.ports.every(
    (port) =>
      allowedByStandard(policies, own, peer, port, direction) ||
      allowedByCilium(policies, own, peer, port, direction),
  );
}

function allowedByStandard(
  policies: Pick<Policies, "standard" | "cilium">,
  own: Pods,
  peer: Peer,
  { number, protocol }: Port,
  direction: Direction,
) {
  return [...policies.standard.values()].some(
    (spec) =>
      spec.policyTypes!.includes(direction === "ingress" ? "Ingress" : "Egress") &&
      has(podOf(own).labels, spec.podSelector.matchLabels) &&
      (direction === "ingress"
        ? (spec.ingress ?? []).map(({ from, ports }) => ({ peers: from!, ports }))
        : (spec.egress ?? []).map(({ to, ports }) => ({ peers: to!, ports }))
      ).some(
        ({ peers, ports }) =>
          ports!.some((one) => one.port === number && one.protocol === protocol) &&
          peers.some(({ namespaceSelector, podSelector, ipBlock }) => {
            if (peer.kind === "pods") {
              return (
                namespaceSelector?.matchLabels?.["kubernetes.io/metadata.name"] === peer.namespace &&
                has(podOf(peer).labels, podSelector?.matchLabels)
              );
            }
            if (peer.kind === "internet") return ipBlock?.cidr === "0.0.0.0/0";
            return peer.kind === "networks" && ipBlock !== undefined && peer.cidrs.includes(ipBlock.cidr);
          }),
      ),
  );
}

function allowedByCilium(
  policies: Pick<Policies, "standard" | "cilium">,
  own: Pods,
  peer: Peer,
  { number, protocol }: Port,
  direction: Direction,
) {
  return [...policies.cilium.values()].some(
    (spec) =>
      selects(spec.endpointSelector.matchLabels, own) &&
      ((spec[direction] ?? []) as (CiliumIngressRule & CiliumEgressRule)[]).some((rule) => {
        const open = rule.toPorts.some(({ ports }) =>
          ports.some((one) => one.port === String(number) && one.protocol === protocol),
        );
        return open && meets(rule, peer);
      }),
  );
}

function meets(rule: CiliumIngressRule & CiliumEgressRule, peer: Peer): boolean {
  const entities = rule.fromEntities ?? rule.toEntities ?? [];
  const endpoints = rule.fromEndpoints ?? rule.toEndpoints ?? [];
  const blocks = rule.fromCIDRSet ?? rule.toCIDRSet ?? [];
  switch (peer.kind) {
    case "pods":
      return endpoints.some(
        ({ matchLabels = {} }) =>
          matchLabels["k8s:io.kubernetes.pod.namespace"] === peer.namespace && selects(matchLabels, peer),
      );
    case "nodes":
      return entities.includes("host") && entities.includes("remote-node");
    case "kube-apiserver":
      return entities.includes("kube-apiserver");
    case "internet":
      return blocks.some(({ cidr }) => cidr === "0.0.0.0/0");
    case "networks":
      return blocks.some(({ cidr }) => peer.cidrs.includes(cidr));
    case "hosts":
      return peer.names.every((name) =>
        rule.toFQDNs?.some((one) => ("matchName" in one ? one.matchName : one.matchPattern) === name),
      );
  }
}

function selects(matchLabels: Record<string, string> = {}, group: Pods): boolean {
  const { labels, serviceAccount } = podOf(group);
  const known = Object.fromEntries([
    ...Object.entries(labels).map(([key, value]) => [`k8s:${key}`, value]),
    ["k8s:io.cilium.k8s.policy.serviceaccount", serviceAccount],
    ["k8s:io.kubernetes.pod.namespace", group.namespace],
  ]) as Record<string, string>;
  return has(known, matchLabels);
}

function has(labels: Record<string, string>, wanted: Record<string, string> = {}): boolean {
  return Object.entries(wanted).every(([key, value]) => labels[key] === value);
}
