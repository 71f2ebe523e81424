import { clusterAdmins, isListed } from "../../components/access/clusterAdmins.js";
import { isKubernetesOwn, privilegedSubjects } from "../../components/access/privileged.js";
import { failed, proved, type Finding } from "../claim.js";
import { nameOf } from "../objects.js";
import type { Target } from "../target.js";
import { describe, roleOf, rolesAndBindings } from "./bindings.js";
import { powersOf } from "./powers.js";

/** Whether only those who are on a list read Secrets or hold a right that leads to more rights. */
export async function onlyListedPrivileges(target: Target): Promise<Finding> {
  const { argocd, clusterAdmins: furtherAdmins, privileged: further } = target.settings.access;
  const admins = [...clusterAdmins({ argocd: argocd.namespace }), ...furtherAdmins];
  const listed = [...admins, ...[...privilegedSubjects({ argocd: argocd.namespace }), ...further]];
  const adminNamespaces = new Set(["kube-system", ...admins.flatMap(({ namespace }) => namespace ?? [])]);

  const { roles, bindings } = await rolesAndBindings(target.api);
  const strangers: string[] = [];
  const holders = new Set<string>();
  for (const binding of bindings) {
    const { namespace } = binding.metadata;
    const powers = powersOf(roles.get(roleOf(binding))?.rules ?? [], {
      everywhere: namespace === undefined,
      besideAdministrators: namespace !== undefined && adminNamespaces.has(namespace),
    });
    if (powers.length === 0) continue;
    for (const subject of binding.subjects ?? []) {
      if (isKubernetesOwn(binding, subject)) continue;
      if (isListed(subject, listed)) {
        holders.add(describe(subject));
        continue;
      }
      const where = namespace === undefined ? "everywhere" : `in ${namespace}`;
      strangers.push(
        `${describe(subject)} ${powers.join(", ")} ${where}, by ${roleOf(binding)} in ${nameOf(binding)}`,
      );
    }
  }
  if (strangers.length > 0) {
    return failed(
      `not on the list: ${strangers.join("; ")}. Take the right away, or add the subject to the setting access.privileged`,
    );
  }
  return proved(
    `beside Kubernetes' own controllers ${[...holders].sort().join(", ")}, all of them on the list`,
  );
}
