import { auditShippingFlows } from "../../../components/audit/auditShippingFlows.js";
import { veleroFlows } from "../../../components/backups/veleroFlows.js";
import { certManagerFlows } from "../../../components/certificates/certManagerFlows.js";
import { addOnNamespaces, systemNamespace } from "../../../components/common/addOnNamespaces.js";
import { reloaderFlows } from "../../../components/common/reloaderFlows.js";
import { alertFlows } from "../../../components/monitoring/alertFlows.js";
import { hubbleFlows } from "../../../components/network/ciliumFlows.js";
import {
  isDns,
  namespacesOf,
  toNodeLocalDns,
  type Flow,
  type Pods,
} from "../../../components/network/isolation/flow.js";
import { neighbourFlows, prometheusPods } from "../../../components/network/isolation/neighbours.js";
import { resolveFlow } from "../../../components/network/isolation/resolve.js";
import { harborFlows } from "../../../components/registry/harborFlows.js";
import { sealedSecretsFlows } from "../../../components/secrets/sealedSecretsFlows.js";
import type { Settings } from "../schema.js";
import { dnsServers } from "./dns.js";
import { lokiOf } from "./loki.js";
import { monitoringOf } from "./monitoring.js";
import { isolatedNamespaces } from "./namespaces.js";
import { knownServices, neighbours } from "./services.js";

/** Everything that the add-ons need apart from Alloy, whatever the settings say about flows. */
export function addOnFlows(settings: Settings): Flow[] {
  const { backups, certificates, gateway, monitoring, network, registry } = settings;
  const prometheus = prometheusOf(settings);
  const { environment, recursiveNameservers } = certificates.acme;
  return [
    ...certManagerFlows({
      namespace: addOnNamespaces.certManager,
      acmeEnvironment: environment,
      recursiveNameservers,
      prometheus,
    }),
    ...veleroFlows({ namespace: addOnNamespaces.velero, region: backups.oci.region, prometheus }),
    ...reloaderFlows(addOnNamespaces.velero),
    ...(registry.enabled
      ? [
          ...harborFlows({
            namespace: addOnNamespaces.harbor,
            gatewayNamespace: gateway.namespace,
            tlsAt: registry.tlsAt,
            prometheus,
          }),
          ...reloaderFlows(addOnNamespaces.harbor),
        ]
      : []),
    ...sealedSecretsFlows({ namespace: systemNamespace, prometheus }),
    ...(network.hubble
      ? hubbleFlows({ namespace: systemNamespace, prometheus, dns: dnsServers(settings) })
      : []),
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

/**
 * Everything that the Alloy of this stack needs; nothing without it.
 *
 * @throws FlowError if it is not known where Loki is, which parseSettings refuses.
 */
export function alloyFlows(settings: Settings): Flow[] {
  const loki = lokiOf(settings);
  if (!loki) return [];
  return auditShippingFlows({
    namespace: addOnNamespaces.auditLogs,
    loki,
    prometheus: prometheusOf(settings),
  });
}

/** Everything that this stack needs, whatever the settings say about flows. */
export function ownFlows(settings: Settings): Flow[] {
  return [...addOnFlows(settings), ...alloyFlows(settings)];
}

function prometheusOf(settings: Settings): Pods | undefined {
  const monitoring = monitoringOf(settings);
  return monitoring && prometheusPods(monitoring.namespace);
}

/**
 * The flows of the settings, in their order.
 *
 * @throws FlowError for one that cannot be resolved, which parseSettings refuses.
 */
export function settingsFlows(settings: Settings): Flow[] {
  const known = knownServices(settings);
  return settings.network.flows.map((flow) => resolveFlow(flow, known));
}

/** Namespaces that flows of the settings open to the nodes or to what is outside the cluster. */
export function exposedNamespaces(settings: Settings): string[] {
  const outside = ["networks", "internet", "nodes"];
  const open = settingsFlows(settings).flatMap(({ from, to }) =>
    to.kind === "pods" && outside.includes(from.kind) ? [to.namespace] : [],
  );
  return [...new Set(open)].sort();
}

/** Every flow: those of the add-ons, those of the settings, and DNS of the nodes where they answer it. */
export function allFlows(settings: Settings): Flow[] {
  const flows = [...ownFlows(settings), ...settingsFlows(settings)];
  if (!settings.network.nodeLocalDns) return flows;
  const askers = [
    ...isolatedNamespaces(settings).map((namespace): Pods => ({ kind: "pods", namespace })),
    ...flows.filter(isDns).flatMap(({ from }) => (from.kind === "pods" ? [from] : [])),
  ];
  return [...flows, ...askers.map(toNodeLocalDns)];
}

/** Flows of the settings that no policy comes of, because none of their ends is isolated. */
export function idleFlows(settings: Settings): number[] {
  const isolated = new Set(isolatedNamespaces(settings));
  return settingsFlows(settings).flatMap((flow, index) =>
    namespacesOf(flow).some((name) => isolated.has(name)) ? [] : [index],
  );
}
