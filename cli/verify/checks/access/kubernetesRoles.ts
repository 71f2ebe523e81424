import { readFileSync } from "node:fs";
import { identity, type Subject } from "../../../../components/access/clusterAdmins.js";
import type { LiveBinding } from "./bindings.js";
import type { Rule } from "./powers.js";

/** A binding that Kubernetes or kubeadm makes, with the rules of its role that give a power. */
export interface KubernetesBinding {
  kind: string;
  name: string;
  /** Namespace of a RoleBinding. Default: a ClusterRoleBinding gives the role everywhere. */
  namespace?: string;
  subjects: Subject[];
  /** As Kubernetes 1.36 has them. */
  rules: Rule[];
  /** What 1.34 or 1.35 had in addition: the API server takes no rule away when it is upgraded. Default: none. */
  dropped?: Rule[];
}

/**
 * Every binding of Kubernetes and kubeadm that gives a power, but that of cluster-admin
 * (https://kubernetes.io/docs/reference/access-authn-authz/rbac/#default-roles-and-role-bindings). The file is what
 * tests/real/lab/verify/connections.test.ts reads of a new cluster and compares it with. `dropped` is what 1.36 lacks of
 * the policy that the API servers of 1.34 and 1.35 start with (plugin/pkg/auth/authorizer/rbac/bootstrappolicy/testdata in the
 * repository of Kubernetes).
 */
export const kubernetesBindings = JSON.parse(
  readFileSync(new URL("kubernetesRoles.json", import.meta.url), "utf8"),
) as KubernetesBinding[];

/**
 * The rules that a subject has by a binding beyond what Kubernetes itself gives it: all of them where the binding, its scope or
 * its subject is somebody else's.
 *
 * @param rules Those of the role in this cluster.
 */
export function rulesBeyondKubernetes(binding: LiveBinding, subject: Subject, rules: Rule[]): Rule[] {
  const own = kubernetesBindings.find(
    ({ kind, name, namespace, subjects }) =>
      kind === binding.roleRef.kind &&
      name === binding.roleRef.name &&
      namespace === binding.metadata.namespace &&
      subjects.some((known) => identity(known) === identity(subject)),
  );
  if (!own) return rules;
  const known = [...own.rules, ...(own.dropped ?? [])];
  return rules.flatMap(parts).filter((part) => !known.some((rule) => includes(rule, part)));
}

/** A rule as rules of one verb, one group and one resource each. */
function parts({ verbs, apiGroups = [], resources = [], resourceNames }: Rule): Rule[] {
  return verbs.flatMap((verb) =>
    apiGroups.flatMap((group) =>
      resources.map((resource) => ({
        verbs: [verb],
        apiGroups: [group],
        resources: [resource],
        ...(resourceNames ? { resourceNames } : {}),
      })),
    ),
  );
}

/** Whether a rule gives all that the other does. */
function includes(rule: Rule, other: Rule): boolean {
  const { resourceNames: names = [] } = rule;
  const { resourceNames: others = [] } = other;
  return (
    holds(rule.verbs, other.verbs) &&
    holds(rule.apiGroups, other.apiGroups) &&
    holds(rule.resources, other.resources) &&
    (names.length === 0 || (others.length > 0 && others.every((name) => names.includes(name))))
  );
}

function holds(values: string[] = [], others: string[] = []): boolean {
  return values.includes("*") || others.every((value) => values.includes(value));
}
