import { identity, type ClusterAdmin } from "../clusterAdmins.js";
import { identityOf, list } from "./cel.js";
import type { Policy } from "./policy.js";

/**
 * Nobody new becomes cluster-admin but those on the list. Subjects that a binding has already stay: a policy that refused
 * those would also refuse to label the binding.
 */
export function administratorPolicy(admins: readonly ClusterAdmin[]): Policy {
  return {
    name: "cluster-security-administrators",
    rules: [
      {
        apiGroups: ["rbac.authorization.k8s.io"],
        apiVersions: ["v1"],
        operations: ["CREATE", "UPDATE"],
        resources: ["clusterrolebindings", "rolebindings"],
      },
    ],
    matchConditions: [
      {
        name: "cluster-admin",
        expression: 'object.roleRef.kind == "ClusterRole" && object.roleRef.name == "cluster-admin"',
      },
    ],
    variables: [
      {
        name: "before",
        expression: `oldObject == null ? [] : oldObject.?subjects.orValue([]).map(subject, ${identityOf("subject")})`,
      },
      {
        name: "unlisted",
        expression: `object.?subjects.orValue([]).map(subject, ${identityOf("subject")}).filter(who, !(who in variables.before) && !(who in ${list(admins.map(identity))}))`,
      },
    ],
    validations: [
      {
        expression: "variables.unlisted.size() == 0",
        messageExpression:
          '"would make cluster-admin: " + variables.unlisted.join(", ") + "; bind a role with the rights that are needed, or ' +
          'list the subject with a reason (setting access.clusterAdmins)"',
      },
    ],
    everywhere: true,
  };
}
