import ipaddr from "ipaddr.js";
import type { Settings } from "../schema.js";
import { knownServices } from "./services.js";

/** Host of cluster.controlPlaneEndpoint, without its port; undefined without an endpoint. */
export function endpointHost({ controlPlaneEndpoint }: Settings["cluster"]): string | undefined {
  return controlPlaneEndpoint?.replace(/:\d+$/, "");
}

/** Addresses that lead to a node or to the API server, whose Service has the first one of its network. */
export function protectedAddresses({ cluster }: Settings): string[] {
  const service = ipaddr.IPv4.networkAddressFromCIDR(cluster.serviceSubnet);
  service.octets[3]! += 1;
  const endpoint = endpointHost(cluster);
  return [
    ...cluster.nodes.map(({ address }) => address),
    service.toString(),
    ...(endpoint !== undefined && ipaddr.IPv4.isValidFourPartDecimal(endpoint) ? [endpoint] : []),
  ];
}

/**
 * Whether a name is that of a Service or a pod, which the cluster's DNS alone knows
 * (https://github.com/kubernetes/dns/blob/master/docs/specification.md).
 */
export function isServiceName(name: string, { dnsDomain }: Settings["cluster"]): boolean {
  const ends = [".svc", `.svc.${dnsDomain}`, `.pod.${dnsDomain}`];
  return ends.some((end) => `.${name}`.endsWith(end)) || name === "kubernetes.default";
}

/** Whether pods ask the cluster's DNS alone for a name. It answers for all of its domain, where others may have names as well. */
export function isInDnsDomain(name: string, { dnsDomain }: Settings["cluster"]): boolean {
  return `.${name}`.endsWith(`.${dnsDomain}`);
}

/** Whether a name is one that only pods resolve: that of a Service or a pod, or <service>.<namespace> of a known Service. */
export function isPodsName(name: string, settings: Settings): boolean {
  const [service, namespace = "", ...rest] = name.split(".");
  const known = knownServices(settings);
  const there = rest.length === 0 && Object.hasOwn(known, namespace) ? known[namespace]! : [];
  return isServiceName(name, settings.cluster) || there.some((one) => one.name === service);
}
