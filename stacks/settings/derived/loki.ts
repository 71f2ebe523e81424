import { lokiTarget } from "../../../components/audit/lokiTarget.js";
import type { Settings } from "../schema.js";
import { knownServices } from "./services.js";

/** Address of Loki: the given one, else that of the Service `loki` next to kube-prometheus-stack. */
export function lokiUrl({ auditLogs, monitoring, cluster }: Settings): string {
  return auditLogs.loki.url ?? `http://loki.${monitoring.namespace}.svc.${cluster.dnsDomain}:3100`;
}

/** Whether this stack installs an Alloy of its own, which sends the audit log to Loki. */
export function bringsAlloy({ auditLogs }: Pick<Settings, "auditLogs">): boolean {
  return auditLogs.enabled && auditLogs.mode === "release";
}

/**
 * Where the Alloy of this stack finds Loki; undefined without such an Alloy.
 *
 * @throws FlowError if the address does not tell, which parseSettings refuses.
 */
export function lokiOf(settings: Settings): ReturnType<typeof lokiTarget> | undefined {
  if (!bringsAlloy(settings)) return undefined;
  const { auditLogs, cluster } = settings;
  return lokiTarget({
    lokiUrl: lokiUrl(settings),
    podPort: auditLogs.loki.podPort,
    dnsDomain: cluster.dnsDomain,
    known: knownServices(settings),
    nodeAddresses: cluster.nodes.map(({ address }) => address),
  });
}
