import { toApiServer, type Flow } from "../network/isolation/flow.js";
import { reloaderName } from "./reloader.js";

/** Everything Reloader needs: it watches Secrets and changes workloads, both at the API server. */
export function reloaderFlows(namespace: string): Flow[] {
  return [toApiServer(namespace, reloaderName)];
}
