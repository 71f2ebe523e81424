import { readFileSync } from "node:fs";
import { identity, type Subject } from "../../../../components/access/clusterAdmins.js";
import type { LiveBinding } from "./bindings.js";
import type { RoleRule } from "./powers.js";

/** A binding that Kubernetes or kubeadm makes, with the rules of its role that give a power. */
export interface KubernetesBinding {
  kind: string;
  name: string;
  /** Namespace of a RoleBinding. Default: a ClusterRoleBinding gives the role everywhere. */
  namespace?: string;
  subjects: Subject[];
  /** As Kubernetes 1.36 has them; none where only older releases gave a power. */
  rules: RoleRule[];
  /** What 1.34 or 1.35 had in addition: the API server takes no rule away when it is upgraded. Default: none. */
  dropped?: RoleRule[];
}

/**
 * Every binding of Kubernetes and kubeadm that gives a power, but that of cluster-admin
 * (https://kubernetes.io/docs/reference/access-authn-authz/rbac/#default-roles-and-role-bindings). The file is what
 * tests/real/lab/verify/connections.test.ts reads of a new cluster and compares it with. `dropped` is what 1.36 lacks of
 * the policy that the API servers of 1.34 and 1.35 start with (plugin/pkg/auth/authorizer/rbac/bootstrappolicy/testdata in the
 * repository of Kubernetes). Rights that 1.29 and older gave are no part of it: they are a finding, of a role that is known.
 */
export const kubernetesBindings = JSON.parse(
  readFileSync(new URL("kubernetesRoles.json", import.meta.url), "utf8"),
) as KubernetesBinding[];

/**
 * What `kubeadm init phase upload-certs` leaves, once a control-plane node has joined: the Secret is encrypted with a key that is
 * printed and not kept, and gone after two hours
 * (https://github.com/kubernetes/kubernetes, cmd/kubeadm/app/phases/copycerts/copycerts.go).
 */
export const bindingOfJoins: KubernetesBinding = {
  kind: "Role",
  name: "kubeadm:kubeadm-certs",
  namespace: "kube-system",
  subjects: [{ kind: "Group", name: "system:bootstrappers:kubeadm:default-node-token" }],
  rules: [{ verbs: ["get"], apiGroups: [""], resources: ["secrets"], resourceNames: ["kubeadm-certs"] }],
};

/**
 * The rules that a subject has by a binding beyond what Kubernetes itself gives it: all of them where the binding, its scope or
 * its subject is somebody else's.
 *
 * @param rules Those of the role in this cluster.
 */
export function rulesBeyondKubernetes(binding: LiveBinding, subject: Subject, rules: RoleRule[]): RoleRule[] {
  const own = kubernetesOwn(binding, subject);
  if (!own) return rules;
  const known = [...own.rules, ...(own.dropped ?? [])];
  return rules.flatMap(parts).filter((part) => !known.some((rule) => includes(rule, part)));
}

/**
 * How a role of Kubernetes' own gets rid of what goes beyond it: the API server only adds rules to one when it starts, and makes
 * one anew that is missing (https://kubernetes.io/docs/reference/access-authn-authz/rbac/#auto-reconciliation).
 *
 * @returns Nothing where the binding, its scope or its subject is somebody else's.
 */
export function mendOfKubernetesRole(binding: LiveBinding, subject: Subject): string | undefined {
  const own = kubernetesOwn(binding, subject);
  if (!own) return undefined;
  const where = own.kind === "Role" ? `-n ${own.namespace} ` : "";
  return (
    "Kubernetes' own role with more rules than Kubernetes gives it today, as an upgrade from 1.29 or older leaves there: " +
    `kubectl ${where}delete ${own.kind.toLowerCase()} ${own.name}, and restart kube-apiserver at once, which makes it anew`
  );
}

function kubernetesOwn(binding: LiveBinding, subject: Subject): KubernetesBinding | undefined {
  return [...kubernetesBindings, bindingOfJoins].find(
    ({ kind, name, namespace, subjects }) =>
      kind === binding.roleRef.kind &&
      name === binding.roleRef.name &&
      namespace === binding.metadata.namespace &&
      subjects.some((known) => identity(known) === identity(subject)),
  );
}

/** A rule as rules of one verb, one group and one resource each. */
function parts({ verbs, apiGroups = [], resources = [], resourceNames }: RoleRule): RoleRule[] {
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
function includes(rule: RoleRule, other: RoleRule): boolean {
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
