import type { Settings } from "../schema.js";

/** Host of cluster.controlPlaneEndpoint, without its port; undefined without an endpoint. */
export function endpointHost({ controlPlaneEndpoint }: Settings["cluster"]): string | undefined {
  return controlPlaneEndpoint?.replace(/:\d+$/, "");
}

/** Whether a name is one of the cluster's own DNS. */
export function isClusterName(name: string, { dnsDomain }: Settings["cluster"]): boolean {
  return name.endsWith(".svc") || name.endsWith(`.${dnsDomain}`);
}
