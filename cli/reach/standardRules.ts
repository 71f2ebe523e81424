import type { INetworkPolicyEgressRule } from "kubernetes-models/networking.k8s.io/v1/NetworkPolicyEgressRule";
import type { INetworkPolicyIngressRule } from "kubernetes-models/networking.k8s.io/v1/NetworkPolicyIngressRule";
import type { INetworkPolicyPeer } from "kubernetes-models/networking.k8s.io/v1/NetworkPolicyPeer";
import { peerEnd, type PodGroup } from "./podGroups.js";
import type { NamedNetworkPolicy } from "./policies.js";
import { portName } from "./ports.js";
import type { ListedRule } from "./listedRule.js";

type StandardRule = INetworkPolicyIngressRule & INetworkPolicyEgressRule;

/**
 * The policy as netpol-analyzer can read it; what is left out is listed by {@link standardRules}. It takes IPv6 networks
 * for IPv4 ones and says nothing; a rule that had nothing else goes as a whole, for without peers it would allow everybody.
 * Ports by name it refuses.
 */
export function readable(policy: NamedNetworkPolicy): NamedNetworkPolicy {
  const { ingress, egress } = policy.spec;
  return {
    ...policy,
    spec: {
      ...policy.spec,
      ...(ingress ? { ingress: understood(ingress, "from") } : {}),
      ...(egress ? { egress: understood(egress, "to") } : {}),
    },
  };
}

function understood(rules: readonly StandardRule[], side: "from" | "to"): StandardRule[] {
  return rules.flatMap((rule) => {
    if (hasNamedPort(rule)) return [];
    const peers = rule[side];
    if (!peers?.length) return [rule];
    const left = peers.filter((peer) => !isIpv6(peer));
    return left.length > 0 ? [{ ...rule, [side]: left }] : [];
  });
}

/**
 * What of a NetworkPolicy cannot be computed from policies alone: IPv6 networks, pods whose namespace or labels are
 * selected otherwise than by name, and ports by name.
 */
export function standardRules(
  { name, namespace, spec }: NamedNetworkPolicy,
  nameOf: (podGroup: PodGroup) => string,
): ListedRule[] {
  const { matchLabels = {}, matchExpressions = [] } = spec.podSelector ?? {};
  const isKnown = matchExpressions.length === 0;
  const subject = isKnown
    ? nameOf({ namespace, labels: matchLabels })
    : `${namespace} ${JSON.stringify(spec.podSelector)}`;
  const listed = (rules: readonly StandardRule[] | undefined, side: "from" | "to"): ListedRule[] =>
    (rules ?? []).flatMap((rule) => {
      const ports = (rule.ports ?? []).map(({ port = "any", endPort, protocol = "TCP" }) =>
        portName(protocol, port, endPort),
      );
      const peers = rule[side] ?? [];
      return (peers.length > 0 ? peers : [undefined]).flatMap((peer): ListedRule[] => {
        const end = peer && !peer.ipBlock ? peerEnd(namespace, peer) : undefined;
        const isComputed = !peer || (peer.ipBlock ? !isIpv6(peer) : end !== undefined || isEverybody(peer));
        if (isKnown && !hasNamedPort(rule) && isComputed) return [];
        const other = end ? nameOf(end) : textOf(peer);
        const ends =
          side === "from"
            ? { subject: "to" as const, from: other, to: subject }
            : { subject: "from" as const, from: subject, to: other };
        return [{ policy: `${namespace}/${name}`, kind: "allows", ...ends, ports, requests: [] }];
      });
    });
  return [...listed(spec.ingress, "from"), ...listed(spec.egress, "to")];
}

function textOf(peer: INetworkPolicyPeer | undefined): string {
  if (!peer) return "anybody";
  if (!peer.ipBlock) return JSON.stringify(peer);
  const { cidr, except = [] } = peer.ipBlock;
  return except.length > 0 ? `${cidr} but ${except.join(", ")}` : cidr;
}

/** Whether it means the pods of all namespaces. */
function isEverybody({ namespaceSelector, podSelector = {} }: INetworkPolicyPeer): boolean {
  return [namespaceSelector, podSelector].every((selector) => selector && Object.keys(selector).length === 0);
}

function hasNamedPort({ ports = [] }: StandardRule): boolean {
  return ports.some(({ port }) => typeof port === "string");
}

function isIpv6({ ipBlock }: INetworkPolicyPeer): boolean {
  return ipBlock?.cidr.includes(":") ?? false;
}
