import { veleroFlows, veleroServices } from "../components/backups/veleroFlows.js";
import { certManagerFlows, certManagerServices } from "../components/certificates/certManagerFlows.js";
import { auditShippingFlows, auditShippingServices } from "../components/audit/auditShippingFlows.js";
import { lokiTarget } from "../components/audit/lokiTarget.js";
import { alertFlows } from "../components/monitoring/alertFlows.js";
import { ciliumNodeMetrics, ciliumServices, hubbleFlows } from "../components/network/ciliumFlows.js";
import { namespacesOf, type Flow } from "../components/network/isolation/flow.js";
import {
  neighbourFlows,
  neighbourServices,
  prometheusPods,
} from "../components/network/isolation/neighbours.js";
import type { Enforcement } from "../components/network/isolation/policies.js";
import { resolveFlow } from "../components/network/isolation/resolve.js";
import type { KnownServices } from "../components/network/isolation/services.js";
import { harborFlows, harborServices } from "../components/registry/harborFlows.js";
import { reloaderFlows } from "../components/common/reloaderFlows.js";
import { sealedSecretsFlows, sealedSecretsServices } from "../components/secrets/sealedSecretsFlows.js";
import { drillNamespaces } from "./restoreDrill.js";
import { auditLogsNamespace, lokiUrlOf } from "./settings/loki.js";
import type { Settings } from "./settings/schema.js";

/** Where Cilium and the Sealed Secrets controller run. */
export const systemNamespace = "kube-system";

/** Namespaces that this stack makes. */
export function ownNamespaces(settings: Pick<Settings, "auditLogs" | "backups" | "registry">): string[] {
  const { auditLogs, registry } = settings;
  return [
    ...(auditLogs.enabled && auditLogs.mode === "release" ? [auditLogsNamespace] : []),
    "cert-manager",
    ...(registry.enabled ? ["harbor"] : []),
    ...drillNamespaces(settings),
    "velero",
  ];
}

/**
 * Namespaces that are isolated: those of this stack, unless the settings say otherwise, those of the settings, and those
 * that something is restored to.
 */
export function isolatedNamespaces(settings: Settings): string[] {
  const { isolated, notIsolated } = settings.network;
  const chosen = [...ownNamespaces(settings), ...isolated].filter((name) => !notIsolated.includes(name));
  return [...new Set([...chosen, ...drillNamespaces(settings)])].sort();
}

/** Whether policies bind. */
export function enforcementOf({ network }: Pick<Settings, "network">): Enforcement {
  return network.enforcement ?? "enforce";
}

function neighbours(settings: Settings) {
  const { monitoring } = settings;
  return { monitoring: monitoring.enabled ? monitoring : undefined, nodeMetrics: ciliumNodeMetrics };
}

/** Services whose pods are known: those of the add-ons, and of what usually runs beside them. */
export function knownServices(settings: Settings): KnownServices {
  const { registry } = settings;
  return {
    ...neighbourServices(neighbours(settings)),
    [systemNamespace]: [...ciliumServices, ...sealedSecretsServices],
    "cert-manager": certManagerServices,
    velero: veleroServices,
    [auditLogsNamespace]: auditShippingServices,
    ...(registry.enabled ? { harbor: harborServices } : {}),
  };
}

/** Where the Alloy of this stack finds Loki, or why that cannot be told; undefined without such an Alloy. */
export function lokiOf(settings: Settings): ReturnType<typeof lokiTarget> | undefined {
  if (!ownNamespaces(settings).includes(auditLogsNamespace)) return undefined;
  const { auditLogs, cluster } = settings;
  return lokiTarget({
    lokiUrl: lokiUrlOf(settings),
    podPort: auditLogs.loki.podPort,
    dnsDomain: cluster.dnsDomain,
    known: knownServices(settings),
    nodeAddresses: cluster.nodes.map(({ address }) => address),
  });
}

/** Everything that the add-ons need, whatever the settings say about flows. */
export function ownFlows(settings: Settings): Flow[] {
  const { backups, certificates, gateway, monitoring, network, registry } = settings;
  const prometheus = monitoring.enabled ? prometheusPods(monitoring.namespace) : undefined;
  const { environment, recursiveNameservers } = certificates.acme;
  const loki = lokiOf(settings);
  return [
    ...certManagerFlows({
      namespace: "cert-manager",
      acmeEnvironment: environment,
      recursiveNameservers,
      prometheus,
    }),
    ...veleroFlows({ namespace: "velero", region: backups.oci.region, prometheus }),
    ...reloaderFlows("velero"),
    ...(registry.enabled
      ? [
          ...harborFlows({
            namespace: "harbor",
            gatewayNamespace: gateway.namespace,
            tlsAt: registry.tlsAt,
            prometheus,
          }),
          ...reloaderFlows("harbor"),
        ]
      : []),
    // parseSettings has refused an address that tells nobody where Loki is.
    ...(typeof loki === "object"
      ? auditShippingFlows({ namespace: auditLogsNamespace, loki, prometheus })
      : []),
    ...sealedSecretsFlows({ namespace: systemNamespace, prometheus }),
    ...(network.hubble ? hubbleFlows({ namespace: systemNamespace, prometheus }) : []),
    ...neighbourFlows(neighbours(settings)),
    ...(prometheus
      ? alertFlows({
          namespace: monitoring.namespace,
          prometheus,
          telegram: monitoring.receivers.telegram !== undefined,
          gmail: monitoring.receivers.gmail !== undefined,
          nodeJobs: backups.jobs.enabled,
        })
      : []),
  ];
}

/** The flows of the settings, in their order: each resolved, or the text that says why it is not. */
export function settingsFlows(settings: Settings): (Flow | string)[] {
  const known = knownServices(settings);
  return settings.network.flows.map((flow) => resolveFlow(typeof flow === "string" ? { flow } : flow, known));
}

/** Flows of the settings that no policy comes of, because none of their ends is isolated. */
export function idleFlows(settings: Settings): number[] {
  const isolated = new Set(isolatedNamespaces(settings));
  return settingsFlows(settings).flatMap((flow, index) =>
    typeof flow !== "string" && !namespacesOf(flow).some((name) => isolated.has(name)) ? [index] : [],
  );
}
