import { addOnNamespaces } from "../../../components/common/addOnNamespaces.js";
import type { Settings } from "../schema.js";

/** Host name that Harbor is reached by. */
export function harborHostname({ registry, certificates }: Settings): string {
  return registry.hostname ?? `harbor.${certificates.zone}`;
}

/** Hosts that belong to a namespace each: those of the settings, and Harbor's. */
export function hostTable(settings: Settings): Record<string, string> {
  const { gateway, registry } = settings;
  return {
    ...Object.fromEntries(gateway.hosts.map(({ name, namespace }) => [name, namespace])),
    ...(registry.enabled ? { [harborHostname(settings)]: addOnNamespaces.harbor } : {}),
  };
}
