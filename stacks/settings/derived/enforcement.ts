import type { Enforcement } from "../../../components/network/isolation/policies.js";
import type { Settings } from "../schema.js";

/** Whether network policies bind. */
export function enforcementOf({ network }: Pick<Settings, "network">): Enforcement {
  return network.enforcement ?? "enforce";
}
