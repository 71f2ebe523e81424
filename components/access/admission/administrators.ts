import { systemNamespace } from "../../common/addOnNamespaces.js";
import { identity, type Subject } from "../clusterAdmins.js";
import { identityOf, celList, celText } from "./cel.js";
import { notKubernetesItself, type AdmissionPolicy, written } from "./policy.js";
import type { PowerfulRole } from "./roles.js";

/** Subjects that stand for everybody, or for every pod; with what Kubernetes and kubeadm bind them to. */
const everybody = [
  "Group system:authenticated",
  "Group system:unauthenticated",
  "Group system:serviceaccounts",
  "User system:anonymous",
];
const forEverybody = [
  ...["system:basic-user", "system:discovery", "system:public-info-viewer"],
  ...["system:service-account-issuer-discovery", "kube-public/kubeadm:bootstrap-signer-clusterinfo"],
];

/**
 * Nobody new becomes cluster-admin but those on the list, or is bound to a role that leads there; and no role is everybody's.
 * Subjects that a binding has already stay: a policy that refused those would also refuse to label the binding. A binding
 * names its role alone, so what other roles allow is judged when they are written.
 */
export function administratorPolicy(lists: {
  clusterAdmins: readonly Subject[];
  privileged: readonly Subject[];
  roles: readonly PowerfulRole[];
}): AdmissionPolicy {
  const admins = lists.clusterAdmins.map(identity);
  const listed = [...admins, ...lists.privileged.map(identity)];
  const roles = lists.roles.map(({ name }) => name);
  return {
    name: "cluster-security-administrators",
    rules: [written("rbac.authorization.k8s.io/v1", "clusterrolebindings", "rolebindings")],
    matchConditions: [notKubernetesItself],
    variables: [
      {
        name: "role",
        expression: `(object.roleRef.kind == "Role" ? request.namespace + "/" : "") + object.roleRef.name`,
      },
      {
        name: "before",
        expression: `oldObject == null ? [] : oldObject.?subjects.orValue([]).map(subject, ${identityOf("subject")})`,
      },
      {
        name: "added",
        expression: `object.?subjects.orValue([]).map(subject, ${identityOf("subject")}).filter(who, !(who in variables.before))`,
      },
      {
        name: "unlisted",
        expression: `variables.role == "cluster-admin" ? variables.added.filter(who, !(who in ${celList(admins)})) : []`,
      },
      {
        name: "everybody",
        expression: `variables.role in ${celList([...forEverybody, ...roles])} ? [] : variables.added.filter(who, who in ${celList(everybody)})`,
      },
      {
        name: "masters",
        expression: `variables.role == "cluster-admin" ? [] : variables.added.filter(who, who == "Group system:masters")`,
      },
      {
        name: "strangers",
        expression:
          `variables.role in ${celList(roles)} ? variables.added.filter(who, !(who in ${celList(listed)})) : ` +
          `variables.role.startsWith("system:controller:") ? variables.added.filter(who, who != ` +
          `${celText(`User system:serviceaccount:${systemNamespace}:`)} + variables.role.substring(18)) : []`,
      },
    ],
    validations: [
      {
        expression: "variables.unlisted.size() == 0",
        messageExpression:
          '"would make cluster-admin: " + variables.unlisted.join(", ") + "; bind a role with the rights that are needed, or ' +
          'list the subject with a reason (setting access.clusterAdmins)"',
      },
      {
        expression: "variables.everybody.size() == 0",
        messageExpression:
          '"would give " + variables.role + " to everybody: " + variables.everybody.join(", ") + "; bind the users, groups or ' +
          'ServiceAccounts that need it, or list the role with a reason (setting access.admission.roles)"',
      },
      {
        expression: "variables.masters.size() == 0",
        messageExpression:
          '"binds " + variables.role + " to system:masters, who may do everything whatever is bound; bind a group of your own"',
      },
      {
        expression: "variables.strangers.size() == 0",
        messageExpression:
          '"would give the powerful role " + variables.role + " to " + variables.strangers.join(", ") + "; bind a role with ' +
          'the rights that are needed, or list the subject with a reason (settings access.clusterAdmins and access.privileged)"',
      },
    ],
    everywhere: true,
  };
}
