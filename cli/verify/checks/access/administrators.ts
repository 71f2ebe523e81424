import { clusterAdmins, isListed } from "../../../../components/access/clusterAdmins.js";
import { judged, type Finding } from "../../claim.js";
import { nameOf } from "../../cluster/objects.js";
import type { Target } from "../../cluster/target.js";
import { describe, roleOf, rolesAndBindings, type Role } from "./bindings.js";

/** Any verb on any resource of any group: cluster-admin by another name. */
function isUnlimited({ rules }: Role): boolean {
  return (rules ?? []).some(({ verbs, apiGroups = [], resources = [] }) =>
    [verbs, apiGroups, resources].every((values) => values.includes("*")),
  );
}

/**
 * Whether only those who are on the list hold cluster-admin, or a role that amounts to it. In one namespace counts too:
 * it reads the Secrets there and runs as any of its ServiceAccounts.
 */
export async function onlyListedAdministrators(target: Target): Promise<Finding> {
  const { argocd, clusterAdmins: further } = target.settings.access;
  const admins = [...clusterAdmins({ argocd: argocd.namespace }), ...further];
  const { roles, bindings: all } = await rolesAndBindings(target.api);
  const bindings = all.filter((binding) => {
    const role = roles.get(roleOf(binding));
    return role !== undefined && isUnlimited(role);
  });

  const strangers = bindings.flatMap((binding) =>
    (binding.subjects ?? [])
      .filter((subject) => !isListed(subject, admins))
      .map(
        (subject) =>
          `${describe(subject)} holds ${roleOf(binding)} by ${nameOf(binding)} and is not on the list`,
      ),
  );
  const holders = [...new Set(bindings.flatMap((binding) => (binding.subjects ?? []).map(describe)))].sort();
  return judged(strangers, `held by ${holders.join(", ")} alone, all of them on the list`);
}
