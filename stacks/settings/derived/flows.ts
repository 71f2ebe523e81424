import { auditShippingFlows } from "../../../components/audit/auditShippingFlows.js";
import { veleroFlows } from "../../../components/backups/veleroFlows.js";
import { certManagerFlows } from "../../../components/certificates/certManagerFlows.js";
import { addOnNamespaces, systemNamespace } from "../../../components/common/addOnNamespaces.js";
import { reloaderFlows } from "../../../components/common/reloaderFlows.js";
import { alertFlows } from "../../../components/monitoring/alertFlows.js";
import { hubbleFlows } from "../../../components/network/ciliumFlows.js";
import { namespacesOf, type Flow } from "../../../components/network/isolation/flow.js";
import { neighbourFlows, prometheusPods } from "../../../components/network/isolation/neighbours.js";
import { resolveFlow } from "../../../components/network/isolation/resolve.js";
import { harborFlows } from "../../../components/registry/harborFlows.js";
import { sealedSecretsFlows } from "../../../components/secrets/sealedSecretsFlows.js";
import type { Settings } from "../schema.js";
import { lokiOf } from "./loki.js";
import { isolatedNamespaces } from "./namespaces.js";
import { knownServices, neighbours } from "./services.js";

/** Everything that the add-ons need, whatever the settings say about flows. */
export function ownFlows(settings: Settings): Flow[] {
  const { backups, certificates, gateway, monitoring, network, registry } = settings;
  const prometheus = monitoring.enabled ? prometheusPods(monitoring.namespace) : undefined;
  const { environment, recursiveNameservers } = certificates.acme;
  const loki = lokiOf(settings);
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
    // parseSettings has refused an address that tells nobody where Loki is.
    ...(typeof loki === "object"
      ? auditShippingFlows({ namespace: addOnNamespaces.auditLogs, loki, prometheus })
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

/** Every flow: those of the add-ons, and those of the settings. */
export function allFlows(settings: Settings): Flow[] {
  // parseSettings has refused what cannot be resolved.
  return [...ownFlows(settings), ...settingsFlows(settings).filter((flow) => typeof flow !== "string")];
}

/** Flows of the settings that no policy comes of, because none of their ends is isolated. */
export function idleFlows(settings: Settings): number[] {
  const isolated = new Set(isolatedNamespaces(settings));
  return settingsFlows(settings).flatMap((flow, index) =>
    typeof flow !== "string" && !namespacesOf(flow).some((name) => isolated.has(name)) ? [index] : [],
  );
}
