import { livingClients, type LivingCluster } from "./livingCluster.js";
import type { Settings } from "./settings/index.js";

interface Listener {
  name: string;
  port: number;
  protocol: string;
}

/**
 * What keeps Harbor's route from the Gateway of the cluster; undefined where nothing does, or where there is no Gateway yet.
 * Asked before anything is registered: a route to a listener that is not there is taken by the API server, and Harbor is out
 * of reach.
 *
 * @throws Error where the cluster cannot be asked.
 */
export async function gatewayProblem(
  { gateway, registry }: Settings,
  cluster: LivingCluster,
): Promise<string | undefined> {
  if (!registry.enabled) return undefined;
  const { namespace, name, listener, httpsPort, httpPort, redirectHttp } = gateway;
  try {
    const { CustomObjectsApi } = await import("@kubernetes/client-node");
    const { configuration, ask } = await livingClients(cluster);
    const found = (await ask(() =>
      new CustomObjectsApi(configuration).getNamespacedCustomObject({
        ...{ group: "gateway.networking.k8s.io", version: "v1", plural: "gateways", namespace, name },
      }),
    )) as { spec: { listeners: Listener[] } } | undefined;
    const listeners = found?.spec.listeners;
    const isWanted = (one: Listener) => (listener ? one.name === listener : one.port === httpsPort);
    if (!listeners) return undefined;
    const wanted = listeners.find(isWanted);
    if (wanted?.port === httpPort && redirectHttp) {
      return [
        `gateway.listener: ${wanted.name} of ${namespace}/${name} is on port ${httpPort}, which redirects to HTTPS for ever; nothing was changed.`,
        "  name the listener for HTTPS; where TLS ends in front of the Gateway, set gateway.redirectHttp: false",
      ].join("\n");
    }
    if (wanted) return undefined;
    const encrypted = listeners.filter(({ protocol }) => protocol === "HTTPS");
    return [
      `gateway: the Gateway ${namespace}/${name} has no listener ${listener ?? `on port ${httpsPort}`}, which Harbor's route attaches to; nothing was changed.`,
      `  it has ${listeners.map((one) => `${one.name} (${one.protocol}, port ${one.port})`).join(", ")}`,
      encrypted.length > 0
        ? `  set gateway.listener: ${encrypted.map((one) => one.name).join(" or ")}`
        : "  where TLS ends in front of the Gateway, set gateway.listener to the one for HTTP, and gateway.redirectHttp: false",
    ].join("\n");
  } catch (error) {
    throw new Error(
      `Whether the Gateway has a listener for Harbor is not known: ${(error as Error).message}`,
    );
  }
}
