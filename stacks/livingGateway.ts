import { didYouMean, mendWords } from "../components/common/mend.js";
import { nearest } from "../components/common/nearest.js";
import { livingApi, type LivingCluster } from "./livingCluster.js";
import type { Settings } from "./settings/index.js";

interface LivingListener {
  name: string;
  port: number;
  protocol: string;
}
interface LivingGateway {
  metadata: { namespace: string; name: string };
  spec: { listeners: LivingListener[] };
}

/** What a cluster's Gateways mean for the settings. */
export interface GatewayFinding {
  /** Why the settings do not fit. */
  problem?: string;
  /** What is still to be done. */
  note?: string;
}

/**
 * Whether the Gateway of the settings exists, and has a listener for Harbor. Asked before anything is registered: the API
 * server accepts a route to a Gateway or a listener that is not there, and Harbor is out of reach.
 *
 * Only a cluster without any Gateway gets a note. On a new one, what installs the Gateway may well come after this program. In
 * a cluster with other Gateways, the name is taken for a mistake.
 *
 * @throws Error where the cluster cannot be asked.
 */
export async function gatewayFinding(settings: Settings, cluster: LivingCluster): Promise<GatewayFinding> {
  const { gateway, registry } = settings;
  if (!registry.enabled && gateway.hosts.length === 0) return {};
  const { namespace, name } = gateway;
  let gateways: LivingGateway[];
  try {
    const api = await livingApi(cluster);
    const list = "/apis/gateway.networking.k8s.io/v1/gateways";
    // Nothing is found where the cluster does not know the kind.
    gateways = (await api.read<{ items: LivingGateway[] }>(list))?.items ?? [];
  } catch (error) {
    throw new Error(`Which Gateways the cluster has is not known: ${(error as Error).message}`);
  }
  const wanted = `${namespace}/${name}`;
  if (gateways.length === 0) {
    return {
      note: `gateway: the cluster has no Gateway yet. Hosts are out of reach until there is a Gateway ${wanted}; if it will have another name, set gateway.namespace and gateway.name.`,
    };
  }
  const found = gateways.find(({ metadata }) => metadata.namespace === namespace && metadata.name === name);
  if (!found) return { problem: missing(wanted, gateways) };
  const problem = registry.enabled ? listenerProblem(settings, found.spec.listeners) : undefined;
  return problem === undefined ? {} : { problem };
}

function missing(wanted: string, gateways: LivingGateway[]): string {
  const names = gateways.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`).sort();
  const name = wanted.split("/")[1];
  const meant = nearest(wanted, names, 3) ?? names.find((other) => other.split("/")[1] === name);
  return [
    `gateway: the cluster has no Gateway ${wanted}; nothing was changed${mendWords(didYouMean(meant))}`,
    `  it has ${names.join(", ")}`,
    "  set gateway.namespace and gateway.name to one of them, or create the Gateway first",
  ].join("\n");
}

/** What keeps Harbor's route from the Gateway; undefined where nothing does. */
function listenerProblem({ gateway }: Settings, listeners: LivingListener[]): string | undefined {
  const { namespace, name, listener, httpsPort, httpPort, redirectHttp } = gateway;
  const isWanted = (one: LivingListener) => (listener ? one.name === listener : one.port === httpsPort);
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
}
