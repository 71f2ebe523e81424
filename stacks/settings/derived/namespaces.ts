import { addOnNamespaces, type AddOnNamespace } from "../../../components/common/addOnNamespaces.js";
import type { Settings } from "../schema.js";
import { drillNamespaces } from "./drill.js";
import { bringsAlloy } from "./loki.js";

/** Namespaces that this stack makes. */
export function ownNamespaces(
  settings: Pick<Settings, "auditLogs" | "backups" | "registry">,
): AddOnNamespace[] {
  return [
    ...(bringsAlloy(settings) ? [addOnNamespaces.auditLogs] : []),
    addOnNamespaces.certManager,
    ...(settings.registry.enabled ? [addOnNamespaces.harbor] : []),
    ...drillNamespaces(settings),
    addOnNamespaces.velero,
  ];
}

/** Namespaces that are isolated: the stack's own and those listed, except notIsolated; the drill's always. */
export function isolatedNamespaces(settings: Settings): string[] {
  const { isolated, notIsolated } = settings.network;
  const chosen = [...ownNamespaces(settings), ...isolated].filter((name) => !notIsolated.includes(name));
  return [...new Set([...chosen, ...drillNamespaces(settings)])].sort();
}

/** Namespaces that the settings name for what is in them, other than backups and certificates. */
export function namedNamespaces(settings: Settings): string[] {
  const { access, backups, network, monitoring, gateway } = settings;
  return [
    ...ownNamespaces(settings),
    ...network.isolated,
    ...gateway.hosts.map(({ namespace }) => namespace),
    ...Object.keys(access.namespaces),
    ...access.argocd.applications.map(({ namespace }) => namespace),
    ...[
      access.argocd.namespace,
      backups.jobs.postgres.pod.namespace,
      monitoring.namespace,
      gateway.namespace,
    ],
  ];
}
