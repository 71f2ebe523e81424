import type { Settings } from "../schema.js";

/** Host of cluster.controlPlaneEndpoint, without its port; undefined without an endpoint. */
export function endpointHost({ controlPlaneEndpoint }: Settings["cluster"]): string | undefined {
  return controlPlaneEndpoint?.replace(/:\d+$/, "");
}
