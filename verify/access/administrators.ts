import {
  clusterAdmins,
  isClusterAdmin,
  type Binding,
  type Subject,
} from "../../components/access/clusterAdmins.js";
import { judged, type Finding } from "../claim.js";
import { list, nameOf, type KubeObject } from "../objects.js";
import type { Target } from "../target.js";

interface Rule {
  verbs: string[];
  apiGroups?: string[];
  resources?: string[];
}
type Role = KubeObject & { rules?: Rule[] | null };
type LiveBinding = KubeObject & Binding;

const rbac = "/apis/rbac.authorization.k8s.io/v1";

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
  const { api, settings } = target;
  const { argocd, clusterAdmins: further } = settings.access;
  const admins = [...clusterAdmins({ argocd: argocd.namespace }), ...further];
  const everything = async <T extends KubeObject>(kind: string): Promise<T[]> =>
    (await list<T>(api, `${rbac}/${kind}`)) ?? [];

  const unlimited = new Set([
    ...(await everything<Role>("clusterroles"))
      .filter(isUnlimited)
      .map((role) => `ClusterRole ${role.metadata.name}`),
    ...(await everything<Role>("roles")).filter(isUnlimited).map((role) => `Role ${nameOf(role)}`),
  ]);
  const bindings = [
    ...(await everything<LiveBinding>("clusterrolebindings")),
    ...(await everything<LiveBinding>("rolebindings")),
  ].filter((binding) => unlimited.has(roleOf(binding)));

  const strangers = bindings.flatMap((binding) =>
    (binding.subjects ?? [])
      .filter((subject) => !isClusterAdmin(subject, admins))
      .map(
        (subject) =>
          `${describe(subject)} holds ${roleOf(binding)} by ${nameOf(binding)} and is not on the list`,
      ),
  );
  const holders = [...new Set(bindings.flatMap((binding) => (binding.subjects ?? []).map(describe)))].sort();
  return judged(strangers, `held by ${holders.join(", ")} alone, all of them on the list`);
}

function roleOf({ roleRef, metadata }: LiveBinding): string {
  return roleRef.kind === "Role"
    ? `Role ${metadata.namespace}/${roleRef.name}`
    : `ClusterRole ${roleRef.name}`;
}

function describe({ kind, namespace, name }: Subject): string {
  return `${kind} ${namespace ? `${namespace}/` : ""}${name}`;
}
