import type { Settings } from "../schema.js";
import { knownServices } from "./services.js";

/** Host of cluster.controlPlaneEndpoint, without its port; undefined without an endpoint. */
export function endpointHost({ controlPlaneEndpoint }: Settings["cluster"]): string | undefined {
  return controlPlaneEndpoint?.replace(/:\d+$/, "");
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
