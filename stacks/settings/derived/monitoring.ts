import type { Settings } from "../schema.js";

/** The monitoring stack; undefined where the settings leave it out. */
export function monitoringOf({
  monitoring,
}: Pick<Settings, "monitoring">): Settings["monitoring"] | undefined {
  return monitoring.enabled ? monitoring : undefined;
}
