import ipaddr from "ipaddr.js";
import { byNamespace, type Flow, type Peer } from "./flow.js";
import { nonPublicNetworks } from "./peers.js";

/** A flow whose HTTP rules refuse nothing, because the other one lets every request through. */
export interface Undone {
  /** The flow with HTTP rules. */
  narrowed: number;
  /** The flow without. */
  plain: number;
}

/**
 * Pairs of flows of which one narrows what the other lets through anyway: policies add up, so the narrower one has no
 * effect. A flow from or to more pods that is narrowed, next to a plain one for some of them, is no such pair.
 *
 * @returns Indexes into the list, for each narrowed flow the first plain one.
 */
export function undoneHttp(flows: readonly Flow[]): Undone[] {
  const index = new Map(flows.map((flow, at) => [flow, at]));
  const plains = byNamespace(flows.filter(({ http }) => http === undefined));
  return flows.flatMap((flow, narrowed) => {
    if (!flow.http || flow.to.kind !== "pods") return [];
    const plain = plains.get(flow.to.namespace)?.find((one) => includes(one, flow));
    return plain ? [{ narrowed, plain: index.get(plain)! }] : [];
  });
}

function includes(plain: Flow, narrowed: Flow): boolean {
  return (
    plain.ports.some(({ number, protocol }) =>
      narrowed.ports.some((port) => port.number === number && port.protocol === protocol),
    ) &&
    covers(plain.from, narrowed.from) &&
    covers(plain.to, narrowed.to)
  );
}

/** Whether `peer` includes `other`. */
function covers(peer: Peer, other: Peer): boolean {
  if (peer.kind === "pods") {
    return (
      other.kind === "pods" &&
      peer.namespace === other.namespace &&
      (peer.serviceAccount === undefined || peer.serviceAccount === other.serviceAccount) &&
      Object.entries(peer.labels ?? {}).every(([key, value]) => other.labels?.[key] === value)
    );
  }
  if (peer.kind === "networks") {
    return (
      other.kind === "networks" && other.cidrs.every((cidr) => peer.cidrs.some((one) => contains(one, cidr)))
    );
  }
  if (peer.kind === "internet" && other.kind === "networks") {
    const home = Object.values(nonPublicNetworks).flat();
    return !other.cidrs.some((cidr) => home.some((one) => contains(one, cidr) || contains(cidr, one)));
  }
  // The API server runs on the nodes.
  const asNode = ({ kind }: Peer) => (kind === "kube-apiserver" ? "nodes" : kind);
  return asNode(peer) === asNode(other);
}

function contains(network: string, other: string): boolean {
  const [outer, prefix] = ipaddr.parseCIDR(network);
  const [inner, length] = ipaddr.parseCIDR(other);
  return outer.kind() === inner.kind() && length >= prefix && inner.match(outer, prefix);
}
