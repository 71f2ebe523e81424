import { clusterAdmins, isListed, type Subject } from "../../../../components/access/clusterAdmins.js";
import type { Power } from "../../../../components/access/powers.js";
import { covers, privilegedSubjects } from "../../../../components/access/privileged.js";
import { judged, type Finding } from "../../claim.js";
import { namespacedName } from "../../cluster/objects.js";
import type { Target } from "../../cluster/target.js";
import { describeSubject, roleOf, rolesAndBindings, type LiveBinding } from "./bindings.js";
import { rulesBeyondKubernetes } from "./kubernetesRoles.js";
import { descriptions, powersOf, type RoleRule } from "./powers.js";

/** Powers of which each, everywhere, is cluster-admin with one request more. */
const leading: readonly Power[] = ["give-roles", "impersonate"];

/** Rules for everything, or for names that are as much: of roles, groups and users that are cluster-admin. */
function forPowerful(rules: readonly RoleRule[], admins: readonly Subject[]): RoleRule[] {
  const isPowerful = (name: string) =>
    ["cluster-admin", "admin", "edit"].includes(name) ||
    name.startsWith("system:") ||
    admins.some((admin) => admin.name === name);
  return rules.filter(
    ({ resourceNames = [] }) => resourceNames.length === 0 || resourceNames.some(isPowerful),
  );
}

/** Somebody with cluster-admin by some name. */
interface Administrator {
  subject: Subject;
  binding: LiveBinding;
  /** The powers that lead to it; none where the rules themselves amount to it. */
  by: Power[];
}

/**
 * Any verb on any resource of the core group, and roles to give: cluster-admin by another name, in one rule or in several.
 *
 * @param namespace The one for which a RoleBinding gives the rules. Default: everywhere.
 */
function isUnlimited(rules: RoleRule[], namespace?: string): boolean {
  const ofCore = rules.some(
    ({ verbs, apiGroups = [], resources = [] }) =>
      verbs.includes("*") && resources.includes("*") && ["", "*"].some((group) => apiGroups.includes(group)),
  );
  return ofCore && powersOf(rules, namespace).includes("give-roles");
}

/**
 * Whether only those who are on the list hold cluster-admin, or a role that amounts to it. In one namespace counts too:
 * it reads the Secrets there and runs as any of its ServiceAccounts. A role that leads to it is no less, unless the subject is
 * listed among the privileged for that.
 */
export async function onlyListedAdministrators(target: Target): Promise<Finding> {
  const { argocd, clusterAdmins: furtherAdmins, privileged: further } = target.settings.access;
  const admins = [...clusterAdmins({ argocd: argocd.namespace }), ...furtherAdmins];
  const listed = [...privilegedSubjects({ argocd: argocd.namespace }), ...further];
  const { roles, bindings } = await rolesAndBindings(target.api);
  const holders = bindings.flatMap((binding) =>
    (binding.subjects ?? []).flatMap((subject): Administrator[] => {
      const { namespace } = binding.metadata;
      const beyond = rulesBeyondKubernetes(binding, subject, roles.get(roleOf(binding))?.rules ?? []);
      const rules = forPowerful(beyond, admins);
      if (isUnlimited(rules, namespace)) return [{ subject, binding, by: [] }];
      const by = namespace === undefined ? powersOf(rules).filter((power) => leading.includes(power)) : [];
      return by.length === 0 ? [] : [{ subject, binding, by }];
    }),
  );

  const mayLead = (subject: Subject, power: Power): boolean =>
    listed.some((entry) => isListed(subject, [entry]) && covers(entry, power, undefined));
  const strangers = holders
    .filter(({ subject }) => !isListed(subject, admins))
    .filter(({ subject, by }) => by.length === 0 || !by.every((power) => mayLead(subject, power)))
    .map(({ subject, binding, by }) => {
      const how = by.map((power) => `, which ${descriptions[power]} (${power})`).join("");
      return `${describeSubject(subject)} holds ${roleOf(binding)} by ${namespacedName(binding)}${how} and is not on the list`;
    });
  const names = [...new Set(holders.map(({ subject }) => describeSubject(subject)))].sort();
  return judged(
    strangers,
    names.length === 0 ? "nobody holds it" : `held by ${names.join(", ")} alone, all of them on the list`,
  );
}
