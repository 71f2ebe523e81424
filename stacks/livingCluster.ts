import { KubeApi } from "./kubernetes/api.js";
import { loadKubeconfig, type KubeconfigOptions } from "./kubernetes/kubeconfig.js";

/** The cluster that the Kubernetes provider talks to. */
export interface LivingCluster extends KubeconfigOptions {
  /** How long the API server may take to answer: the engine waits as long for the program's end. Default: 10. */
  seconds?: number;
}

/** A way to ask a cluster before anything is registered. */
export async function livingApi({ kubeconfig, context, seconds = 10 }: LivingCluster): Promise<KubeApi> {
  const by = { kubeconfig: "KUBECONFIG", context: "cluster.context" };
  const { config } = await loadKubeconfig({ kubeconfig, context }, by);
  return KubeApi.of(config, seconds);
}
