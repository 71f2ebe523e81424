import { admissionArgs } from "../../../../stacks/sections/access.js";
import type { Finding } from "../../claim.js";
import type { Target } from "../../cluster/target.js";
import { workloadsIn } from "./podTemplates.js";
import { isolatedIn, judgedByPolicies, tried, unboundPolicy, type AdmissionTrial } from "./trials.js";

/**
 * Whether what runs in the isolated namespaces keeps to the rules. A pod that a controller makes anew is judged as any
 * other: what ran before the policies does not come back under deny when a pod of it is evicted, or its node was away for
 * long. The API server itself judges a pod of each workload, and makes none (dryRun).
 */
export async function workloadsKeepRules(target: Target): Promise<Finding> {
  const unbound = await unboundPolicy(target);
  if (unbound) return unbound;
  const { api } = target;
  const trials: AdmissionTrial[] = [];
  const namespaces = new Set<string>();
  for (const namespace of await isolatedIn(target)) {
    for (const { kind, name, pod } of await workloadsIn(api, namespace)) {
      namespaces.add(namespace);
      const title = `${kind} ${namespace}/${name}`;
      trials.push(await tried(api, title, `/api/v1/namespaces/${namespace}/pods`, pod));
    }
  }
  const then =
    admissionArgs(target.settings).action === "deny" ? "do not come back" : "would not come back under deny";
  return judgedByPolicies(trials, {
    broken: `${then} once their pods end`,
    kept:
      trials.length === 0
        ? "there is no workload in an isolated namespace"
        : `${trials.length} workloads in ${[...namespaces].join(", ")}: each may make its pods anew`,
  });
}
