import type { Settings } from "../schema.js";

/** Host name that Harbor is reached by. */
export function harborHostname({ registry, certificates }: Settings): string {
  return registry.hostname ?? `harbor.${certificates.zone}`;
}
