import {
  clusterAdmins,
  identity,
  isListed,
  type Subject,
} from "../../../../components/access/clusterAdmins.js";
import type { Power } from "../../../../components/access/powers.js";
import { covers, privilegedSubjects } from "../../../../components/access/privileged.js";
import { failed, proved, type Finding } from "../../claim.js";
import { namespacedName } from "../../cluster/objects.js";
import type { Target } from "../../cluster/target.js";
import { describeSubject, roleOf, rolesAndBindings, type LiveBinding } from "./bindings.js";
import { mendOfKubernetesRole, rulesBeyondKubernetes } from "./kubernetesRoles.js";
import { descriptions, powersOf } from "./powers.js";

/** Somebody with powers by a binding. */
interface PowerHolder {
  subject: Subject;
  /** Those that Kubernetes itself does not give. */
  beyond: Power[];
  binding: LiveBinding;
}

/** Powers that act with the rights of the ServiceAccounts of their namespace. */
const borrowing: readonly Power[] = ["run-pods", "enter-pods", "make-tokens"];

/** Whether only those who are on a list read Secrets or hold a right that leads to more rights: each no more than listed. */
export async function onlyListedPrivileges(target: Target): Promise<Finding> {
  const { argocd, clusterAdmins: furtherAdmins, privileged: further } = target.settings.access;
  const admins = [...clusterAdmins({ argocd: argocd.namespace }), ...furtherAdmins];
  const listed = [...privilegedSubjects({ argocd: argocd.namespace }), ...further];

  const { roles, bindings } = await rolesAndBindings(target.api);
  const holders: PowerHolder[] = bindings.flatMap((binding) => {
    const rules = roles.get(roleOf(binding))?.rules ?? [];
    const { namespace } = binding.metadata;
    const subjects = powersOf(rules, namespace).length === 0 ? [] : (binding.subjects ?? []);
    return subjects.map((subject) => ({
      subject,
      beyond: powersOf(rulesBeyondKubernetes(binding, subject, rules), namespace),
      binding,
    }));
  });
  const others = holders.filter(({ beyond }) => beyond.length > 0);
  const strangers = others.flatMap(({ subject, beyond, binding }) => {
    if (isListed(subject, admins)) return [];
    const { namespace } = binding.metadata;
    const entries = listed.filter((entry) => isListed(subject, [entry]));
    const unlisted = beyond.filter((power) => !entries.some((entry) => covers(entry, power, namespace)));
    if (unlisted.length === 0) return [];
    const what = unlisted.map((power) => `${descriptions[power]} (${power})`).join(", ");
    const beside = unlisted.some((power) => borrowing.includes(power)) ? strongIn(namespace, holders) : [];
    const mend = mendOfKubernetesRole(binding, subject);
    return [
      `${describeSubject(subject)} ${what} ${namespace === undefined ? "everywhere" : `in ${namespace}`}` +
        (beside.length === 0 ? "" : `, where ${beside.join(" and ")} may more`) +
        `, by ${roleOf(binding)} in ${namespacedName(binding)}` +
        (mend === undefined ? "" : ` (${mend})`),
    ];
  });
  if (strangers.length > 0) {
    return failed(
      `not on the list: ${strangers.join("; ")}. Take the right away, or list the subject, what it may and in which ` +
        "namespaces in the setting access.privileged",
    );
  }
  const names = [...new Set(others.map(({ subject }) => describeSubject(subject)))].sort();
  return proved(
    names.length === 0
      ? "nobody next to Kubernetes' own controllers"
      : `next to Kubernetes' own controllers ${names.join(", ")}, each of them on the list with what it may`,
  );
}

/** ServiceAccounts of a namespace with powers beyond it: who may run as one of them has these as well. */
function strongIn(namespace: string | undefined, holders: PowerHolder[]): string[] {
  if (namespace === undefined) return [];
  const prefix = `User system:serviceaccount:${namespace}:`;
  const names = holders
    .filter(({ binding }) => binding.metadata.namespace !== namespace)
    .map(({ subject }) => identity(subject))
    .filter((identity) => identity.startsWith(prefix))
    .map((identity) => identity.slice(prefix.length));
  return [...new Set(names)].sort();
}
