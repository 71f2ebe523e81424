/**
 * The part of CiliumNetworkPolicy that is used here
 * (https://docs.cilium.io/en/stable/network/kubernetes/policy/#ciliumnetworkpolicy); no package of types has it.
 */
export interface CiliumNetworkPolicySpec {
  endpointSelector: CiliumSelector;
  /** Whether pods that are selected are denied what no policy allows. Cilium's default: true where there are rules. */
  enableDefaultDeny: { ingress: boolean; egress: boolean };
  ingress?: CiliumIngressRule[];
  egress?: CiliumEgressRule[];
}

/** Pods by their labels, each with the source it comes from: `k8s:app`. */
export interface CiliumSelector {
  matchLabels?: Record<string, string>;
}

/** What has an identity without being a pod (https://docs.cilium.io/en/stable/security/policy/language/#entities-based). */
export type CiliumEntity = "host" | "kube-apiserver" | "remote-node";

export interface CiliumIngressRule {
  fromEndpoints?: CiliumSelector[];
  fromEntities?: CiliumEntity[];
  fromCIDRSet?: { cidr: string; except?: string[] }[];
  toPorts: CiliumPortRule[];
}

export interface CiliumEgressRule {
  toEndpoints?: CiliumSelector[];
  toEntities?: CiliumEntity[];
  toFQDNs?: ({ matchName: string } | { matchPattern: string })[];
  toCIDRSet?: { cidr: string; except?: string[] }[];
  toPorts: CiliumPortRule[];
}

export interface CiliumPortRule {
  ports: { port: string; protocol: "TCP" | "UDP" }[];
  /** Layer 7: requests that are let through, by one protocol. */
  rules?: { dns: { matchPattern: string }[] } | { http: { method: string; path: string }[] };
}
