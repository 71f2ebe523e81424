import type { Settings } from "../schema.js";
import { knownServices } from "./services.js";

/** Host of cluster.controlPlaneEndpoint, without its port; undefined without an endpoint. */
export function endpointHost({ controlPlaneEndpoint }: Settings["cluster"]): string | undefined {
  return controlPlaneEndpoint?.replace(/:\d+$/, "");
}

/** Whether a name is one of the cluster's own DNS. */
export function isClusterName(name: string, { dnsDomain }: Settings["cluster"]): boolean {
  return name.endsWith(".svc") || name.endsWith(`.${dnsDomain}`) || name === "kubernetes.default";
}

/** Whether a name is one that only pods resolve: a whole one of the cluster's DNS, or <service>.<namespace> of a known Service. */
export function isPodsName(name: string, settings: Settings): boolean {
  const [service, namespace = "", ...rest] = name.split(".");
  const known = knownServices(settings);
  const there = rest.length === 0 && Object.hasOwn(known, namespace) ? known[namespace]! : [];
  return isClusterName(name, settings.cluster) || there.some((one) => one.name === service);
}
