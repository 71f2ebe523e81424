import type { Binding, Subject } from "../../../../components/access/clusterAdmins.js";
import type { Api } from "../../../../stacks/kubernetes/api.js";
import { list, namespacedName, type KubeObject } from "../../cluster/objects.js";
import type { RoleRule } from "./powers.js";

export type Role = KubeObject & { rules?: RoleRule[] | null };
export type LiveBinding = KubeObject & Binding;

const rbac = "/apis/rbac.authorization.k8s.io/v1";

/** Every role of the cluster by the name that bindings know it by, and every binding. */
export async function rolesAndBindings(
  api: Api,
): Promise<{ roles: Map<string, Role>; bindings: LiveBinding[] }> {
  const everything = async <T extends KubeObject>(kind: string): Promise<T[]> =>
    (await list<T>(api, `${rbac}/${kind}`)) ?? [];
  const roles = new Map<string, Role>();
  for (const role of await everything<Role>("clusterroles")) {
    roles.set(`ClusterRole ${role.metadata.name}`, role);
  }
  for (const role of await everything<Role>("roles")) roles.set(`Role ${namespacedName(role)}`, role);
  const bindings = [
    ...(await everything<LiveBinding>("clusterrolebindings")),
    ...(await everything<LiveBinding>("rolebindings")).map(qualified),
  ];
  return { roles, bindings };
}

/** Names the namespace of ServiceAccounts, which is the binding's where it names none, as in ArgoCD's manifests. */
function qualified(binding: LiveBinding): LiveBinding {
  const { namespace } = binding.metadata;
  const subjects = binding.subjects?.map((subject) =>
    subject.kind === "ServiceAccount" ? { ...subject, namespace: subject.namespace ?? namespace } : subject,
  );
  return { ...binding, subjects };
}

/** The role a binding gives, as `rolesAndBindings` names it. */
export function roleOf({ roleRef, metadata }: LiveBinding): string {
  return roleRef.kind === "Role"
    ? `Role ${metadata.namespace}/${roleRef.name}`
    : `ClusterRole ${roleRef.name}`;
}

export function describeSubject({ kind, namespace, name }: Subject): string {
  return `${kind} ${namespace ? `${namespace}/` : ""}${name}`;
}
