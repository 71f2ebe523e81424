import type { ApiException, Configuration } from "@kubernetes/client-node";
import { loadKubeconfig, type KubeconfigOptions } from "./kubernetes/kubeconfig.js";

/** The cluster that the Kubernetes provider talks to. */
export interface LivingCluster extends KubeconfigOptions {
  /** How long the API server may take to answer. Default: 10. */
  seconds?: number;
}

/** Ways to ask a cluster before anything is registered. */
export interface LivingClients {
  /** For the constructors of API clients. */
  configuration: Configuration;
  /**
   * Returns what a request found; undefined where there is no such object.
   *
   * @throws Error saying why the API server refuses, or that it does not answer.
   */
  ask<T>(request: () => Promise<T>): Promise<T | undefined>;
}

/** Clients with the credentials of a kubeconfig. */
export async function livingClients({
  kubeconfig,
  context,
  seconds = 10,
}: LivingCluster): Promise<LivingClients> {
  // Loaded where it is needed: no other run of the program talks to the cluster by itself.
  const client = await import("@kubernetes/client-node");
  const { config } = await loadKubeconfig(
    { kubeconfig, context },
    { kubeconfig: "KUBECONFIG", context: "cluster.context" },
  );
  const configuration = client.createConfiguration({
    baseServer: new client.ServerConfiguration(config.getCurrentCluster()!.server, {}),
    authMethods: { default: config },
    // Aborts the request: an open connection would keep the engine waiting for the program's end.
    promiseMiddleware: [
      {
        pre: (request) => {
          request.setSignal(AbortSignal.timeout(seconds * 1000));
          return Promise.resolve(request);
        },
        post: (response) => Promise.resolve(response),
      },
    ],
  });
  const isRefusal = (error: unknown): error is ApiException<unknown> => error instanceof client.ApiException;
  return {
    configuration,
    async ask(request) {
      try {
        return await request();
      } catch (error) {
        if (isRefusal(error) && error.code === 404) return undefined;
        if (isRefusal(error)) throw new Error(messageOf(error.body) ?? `HTTP ${error.code}`);
        throw (error as Error).name === "AbortError" ? new Error(`no answer within ${seconds} s`) : error;
      }
    },
  };
}

/** The API server says why in a Status. */
function messageOf(body: unknown): string | undefined {
  try {
    return (JSON.parse(String(body)) as { message?: string }).message;
  } catch {
    return undefined;
  }
}
