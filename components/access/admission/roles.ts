import { celList, listOf, celText } from "./cel.js";
import { notKubernetesItself, type AdmissionPolicy, written } from "./policy.js";

/** A role that may allow what no other role may, and why. */
export interface PowerfulRole {
  /** Name of a ClusterRole, or namespace/name of a Role. */
  name: string;
  reason: string;
}

/** A check of a role: the rules that break it, as a list of texts in CEL, and what to do then. */
interface RoleCheck {
  name: string;
  found: string;
  problem: string;
  mend: string;
}

const lists = (field: string, ...values: string[]) =>
  `rule.?${field}.orValue([]).exists(value, value in ${celList(["*", ...values])})`;
const broken = (condition: string) => `variables.unchanged ? [] : ${rulesOf(condition)}`;
const rulesOf = (condition: string) =>
  `${listOf("variables.role", "rules")}.filter(rule, ${condition})` +
  `.map(rule, rule.verbs.join(",") + " " + rule.?resources.orValue([]).join(",") + " of " + rule.?apiGroups.orValue([]).map(group, group == "" ? "core" : group).join(","))`;

/** https://kubernetes.io/docs/reference/access-authn-authz/user-impersonation/#constrained-impersonation */
const impersonations = ["impersonate", "impersonate:user-info", "impersonate:serviceaccount"];

const aggregated = "rbac.authorization.k8s.io/aggregate-to-";
const core = 'rule.?apiGroups.orValue([]).exists(value, value in ["", "*"])';

const matchLabels = "selector.?matchLabels.orValue({})";
const matchExpressions = "selector.?matchExpressions.orValue([])";
const selectsNone = `size(${matchLabels}) == 0 && size(${matchExpressions}) == 0`;
/** Whether cluster-admin meets it, by the one label that Kubernetes gives it or by those that it lacks. */
const bootstrapping = { key: "kubernetes.io/bootstrapping", value: "rbac-defaults" };
const ofBootstrapping = `term.key == ${celText(bootstrapping.key)}`;
const isValue = `${celText(bootstrapping.value)} in term.?values.orValue([])`;
const selectsAll =
  `${matchLabels}.all(label, label == ${celText(bootstrapping.key)} && ${matchLabels}[label] == ${celText(bootstrapping.value)}) && ` +
  `${matchExpressions}.all(term, ${ofBootstrapping} ? ` +
  `(term.operator == "Exists" || (term.operator == "In" && ${isValue}) || (term.operator == "NotIn" && !(${isValue}))) : ` +
  'term.operator in ["NotIn", "DoesNotExist"])';

const checks: readonly RoleCheck[] = [
  {
    name: "wildcards",
    found: broken(`"*" in rule.?resources.orValue([]) && ${core}`),
    problem: "reaches Secrets and everything else by a wildcard: ",
    mend: "name the resources that are needed",
  },
  {
    name: "escalating",
    found: broken(
      [
        lists("verbs", "escalate", "bind"),
        lists("apiGroups", "rbac.authorization.k8s.io"),
        lists("resources", "roles", "clusterroles"),
        // Who may bind named roles alone has what those allow; who escalates one gives it any right.
        '(!rule.verbs.all(verb, verb != "escalate" && verb != "*") || size(rule.?resourceNames.orValue([])) == 0 || "cluster-admin" in rule.resourceNames)',
      ].join(" && "),
    ),
    problem: "gives roles with more rights than its own: ",
    mend: "take escalate out; for bind, name the roles in resourceNames",
  },
  {
    name: "impersonating",
    found: broken(
      [
        lists("verbs", ...impersonations),
        lists("apiGroups", "", "authentication.k8s.io"),
        lists("resources", "users", "groups", "serviceaccounts"),
        '(size(rule.?resourceNames.orValue([])) == 0 || rule.resourceNames.exists(name, name.startsWith("system:") || name == "kubeadm:cluster-admins"))',
      ].join(" && "),
    ),
    problem: "acts as anybody: ",
    mend: "name the verbs instead of *, without impersonate, or say in resourceNames as whom, nobody of Kubernetes itself",
  },
  {
    name: "aggregating",
    found:
      // Those who view may not read Secrets; those who edit or administer a namespace may already.
      `variables.role.metadata.?labels.orValue({}).exists(label, label.startsWith(${celText(aggregated)}) && ` +
      `!(label in ${celList(["edit", "admin"].map((role) => aggregated + role))}) && variables.role.metadata.labels[label] == "true" && ` +
      `!(variables.unchanged && dyn(oldObject).metadata.?labels.orValue({})[?label].orValue("") == "true")) ? ` +
      `${rulesOf(`${lists("resources", "secrets")} && ${core}`)} : []`,
    problem: "adds Secrets to a role of others by a label of aggregation: ",
    mend: "take Secrets or the label out",
  },
  {
    name: "collecting",
    found:
      `variables.unchanged ? [] : variables.role.?aggregationRule.clusterRoleSelectors.orValue([]).filter(selector, ${selectsAll}).map(selector, ` +
      `${selectsNone} ? "a selector that is empty" : "a selector that cluster-admin meets")`,
    problem: "collects the rights of every role: ",
    mend: "select the roles by a label",
  },
];

/**
 * Roles are judged by what they allow, when they are written, by anybody, since a binding names its role alone.
 * Kubernetes keeps everybody from giving rights they lack; this is for those who have them all, and for what is synced or
 * installed in their name. A role that stays as it is may be written.
 */
export function rolePolicy(allowed: readonly PowerfulRole[]): AdmissionPolicy {
  const same = (field: string) => `dyn(oldObject).${field} == variables.role.${field}`;
  return {
    name: "cluster-security-roles",
    rules: [written("rbac.authorization.k8s.io/v1", "clusterroles", "roles")],
    matchConditions: [
      notKubernetesItself,
      {
        name: "not-listed",
        expression: `!((object.kind == "Role" ? request.namespace + "/" : "") + object.metadata.name in ${celList(allowed.map(({ name }) => name))})`,
      },
    ],
    variables: [
      { name: "role", expression: "dyn(object)" },
      {
        name: "unchanged",
        expression: `request.operation == "UPDATE" && ${["?rules", "?aggregationRule"].map(same).join(" && ")}`,
      },
      ...checks.map(({ name, found }) => ({ name, expression: found })),
    ],
    validations: checks.map(({ name, problem, mend }) => ({
      expression: `variables.${name}.size() == 0`,
      messageExpression: `${celText(problem)} + variables.${name}.join("; ") + ${celText(
        `; ${mend}, or list the role with a reason (setting access.admission.roles)`,
      )}`,
    })),
    everywhere: true,
  };
}
