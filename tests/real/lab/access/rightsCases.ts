import { account, binding, user, type Manifest } from "./admissionCases.js";

const rbac = "rbac.authorization.k8s.io";
const group = (name: string) => ({ kind: "Group", apiGroup: rbac, name });
const rule = (apiGroup: string, resources: string[], verbs: string[], more: object = {}) => ({
  ...{ apiGroups: [apiGroup], resources, verbs },
  ...more,
});

const clusterRole = (rules: object[], metadata: object = {}, more: object = {}): Manifest => ({
  apiVersion: `${rbac}/v1`,
  kind: "ClusterRole",
  metadata: { name: "test", ...metadata },
  rules,
  ...more,
});
const role = (...rules: object[]): Manifest => ({
  ...clusterRole(rules),
  kind: "Role",
  metadata: { name: "test", namespace: "other" },
});
const labelled = (to: string, ...rules: object[]) =>
  clusterRole(rules, { labels: { [`${rbac}/aggregate-to-${to}`]: "true" } });
const roleBinding = (kind: "Role" | "ClusterRole", name: string, ...subjects: object[]): Manifest => ({
  ...binding("RoleBinding", name, ...subjects),
  roleRef: { apiGroup: rbac, kind, name },
});

const listed = "or list the role with a reason (setting access.admission.roles)";
const wildcard = (what: string) =>
  `reaches Secrets and everything else by a wildcard: ${what}; name the resources that are needed, ${listed}`;
const escalates = (what: string) =>
  `gives roles with more rights than its own: ${what}; take escalate out; for bind, name the roles in resourceNames, ${listed}`;
const impersonates = (what: string) =>
  `acts as anybody: ${what}; name the verbs instead of *, without impersonate, or say in resourceNames as whom, nobody of Kubernetes itself, ${listed}`;
const aggregates = (what: string) =>
  `adds Secrets to a role of others by a label of aggregation: ${what}; take Secrets or the label out, ${listed}`;
const everybody = (name: string, who: string) =>
  `would give ${name} to everybody: ${who}; bind the users, groups or ServiceAccounts that need it, ${listed}`;
const stranger = (name: string, who: string) =>
  `would give the powerful role ${name} to ${who}; bind a role with the rights that are needed, or list the subject with a reason (settings access.clusterAdmins and access.privileged)`;

/** Roles and bindings, and the reason each is refused with; none where it is let in. */
export const rightsCases: [name: string, manifest: Manifest, refusal?: string][] = [
  ["a role of everything by another name", clusterRole([rule("*", ["*"], ["*"])]), wildcard("* * of *")],
  [
    "a role that reads everything",
    clusterRole([rule("*", ["*"], ["get", "list"])]),
    wildcard("get,list * of *"),
  ],
  ["a role of everything in one namespace", role(rule("", ["*"], ["*"])), wildcard("* * of core")],
  ["a role of everything in the group of an operator", clusterRole([rule("example.com", ["*"], ["*"])])],
  ["a role of the scale of everything", clusterRole([rule("*", ["*/scale"], ["get", "update"])])],
  ["a role that reads named kinds", clusterRole([rule("", ["pods", "services"], ["get", "list", "watch"])])],
  ["a role that writes Secrets", role(rule("", ["secrets"], ["get", "create"]))],
  [
    "a role that escalates",
    clusterRole([rule(rbac, ["clusterroles"], ["escalate", "bind"])]),
    escalates(`escalate,bind clusterroles of ${rbac}`),
  ],
  ["a role of every verb of roles", role(rule(rbac, ["roles"], ["*"])), escalates(`* roles of ${rbac}`)],
  [
    "a role that binds one role",
    clusterRole([rule(rbac, ["clusterroles"], ["bind"], { resourceNames: ["view"] })]),
  ],
  [
    "a role that binds cluster-admin",
    clusterRole([rule(rbac, ["clusterroles"], ["bind"], { resourceNames: ["view", "cluster-admin"] })]),
    escalates(`bind clusterroles of ${rbac}`),
  ],
  [
    "a role that escalates one role",
    clusterRole([rule(rbac, ["clusterroles"], ["escalate", "update"], { resourceNames: ["mine"] })]),
    escalates(`escalate,update clusterroles of ${rbac}`),
  ],
  ["a role that writes roles", clusterRole([rule(rbac, ["roles", "rolebindings"], ["create", "update"])])],
  [
    "a role that impersonates",
    clusterRole([rule("", ["users", "groups"], ["impersonate"])]),
    impersonates("impersonate users,groups of core"),
  ],
  [
    "a role that impersonates one user",
    clusterRole([rule("", ["users"], ["impersonate"], { resourceNames: ["ann"] })]),
  ],
  [
    "a role that impersonates who has every right",
    clusterRole([rule("", ["groups"], ["impersonate"], { resourceNames: ["ann", "system:masters"] })]),
    impersonates("impersonate groups of core"),
  ],
  [
    "a role that impersonates for some requests",
    clusterRole([rule("authentication.k8s.io", ["users"], ["impersonate:user-info"])]),
    impersonates("impersonate:user-info users of authentication.k8s.io"),
  ],
  [
    "Secrets added to view",
    labelled("view", rule("", ["secrets"], ["get", "list"])),
    aggregates("get,list secrets of core"),
  ],
  ["Secrets added to edit, which has them", labelled("edit", rule("", ["secrets"], ["get"]))],
  ["a kind added to view", labelled("view", rule("cert-manager.io", ["certificates"], ["get", "list"]))],
  [
    "a role that collects every other one",
    clusterRole([], {}, { aggregationRule: { clusterRoleSelectors: [{}] } }),
    `collects the rights of every role: a selector that is empty; select the roles by a label, ${listed}`,
  ],
  ...(
    [
      ["Kubernetes' own label", { matchLabels: { "kubernetes.io/bootstrapping": "rbac-defaults" } }],
      ["a label that others have", { matchExpressions: [{ key: "a", operator: "DoesNotExist" }] }],
      ["a value that others have", { matchExpressions: [{ key: "a", operator: "NotIn", values: ["b"] }] }],
    ] as const
  ).map(([by, selector]): [string, Manifest, string] => [
    `a role that collects cluster-admin by ${by}`,
    clusterRole([], {}, { aggregationRule: { clusterRoleSelectors: [selector] } }),
    `collects the rights of every role: a selector that cluster-admin meets; select the roles by a label, ${listed}`,
  ]),
  [
    "a role that collects those with a label",
    clusterRole([], {}, { aggregationRule: { clusterRoleSelectors: [{ matchLabels: { a: "b" } }] } }),
  ],
  ["a role without rules", clusterRole([])],
  [
    "a role that has only what it collects",
    clusterRole(
      [],
      {},
      { rules: undefined, aggregationRule: { clusterRoleSelectors: [{ matchLabels: { a: "b" } }] } },
    ),
  ],
  ["a role of addresses", clusterRole([{ nonResourceURLs: ["/metrics"], verbs: ["get"] }])],

  [
    "admin for everybody who is signed in",
    binding("ClusterRoleBinding", "admin", group("system:authenticated")),
    everybody("admin", "Group system:authenticated"),
  ],
  [
    "a role of a namespace for everybody",
    roleBinding("Role", "test", group("system:serviceaccounts"), user("system:anonymous")),
    everybody("other/test", "Group system:serviceaccounts, User system:anonymous"),
  ],
  [
    "what Kubernetes gives to everybody",
    binding("ClusterRoleBinding", "system:discovery", group("system:authenticated")),
  ],
  [
    "what kubeadm gives to everybody",
    {
      ...roleBinding("Role", "kubeadm:bootstrap-signer-clusterinfo", user("system:anonymous")),
      metadata: { name: "test", namespace: "kube-public" },
    },
  ],
  [
    "a role for a namespace's ServiceAccounts",
    roleBinding("Role", "test", group("system:serviceaccounts:apps")),
  ],
  [
    "a role for who has every right",
    binding("ClusterRoleBinding", "view", group("system:masters")),
    "binds view to system:masters, who may do everything whatever is bound; bind a group of your own",
  ],
  [
    "a controller's role for a stranger",
    binding("ClusterRoleBinding", "system:controller:job-controller", account("apps", "default")),
    stranger("system:controller:job-controller", "User system:serviceaccount:apps:default"),
  ],
  [
    "a controller's role for the controller",
    binding(
      "ClusterRoleBinding",
      "system:controller:job-controller",
      account("kube-system", "job-controller"),
    ),
  ],
  [
    "a listed role for a stranger",
    binding("ClusterRoleBinding", "operator", account("apps", "default")),
    stranger("operator", "User system:serviceaccount:apps:default"),
  ],
  [
    "a listed role for who is listed",
    binding("ClusterRoleBinding", "operator", account("other", "operator")),
  ],
  [
    "a role of Kubernetes that add-ons need",
    binding("ClusterRoleBinding", "system:auth-delegator", account("apps", "x")),
  ],
];
