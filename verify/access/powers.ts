/** A rule of a role. */
export interface Rule {
  verbs: string[];
  apiGroups?: string[];
  resources?: string[];
  resourceNames?: string[];
}

/** A right that reads Secrets, or that its holder can turn into more rights. */
interface Power {
  /** What its holder does with it. */
  power: string;
  verbs: string[];
  group: string;
  resources: string[];
  /**
   * Counts in a namespace of its own too. The others are a way up only where somebody more powerful runs: everywhere, or
   * in that one's namespace.
   */
  anywhere?: boolean;
}

const rbac = "rbac.authorization.k8s.io";
const change = ["create", "update", "patch"];

/** https://kubernetes.io/docs/concepts/security/rbac-good-practices/#privilege-escalation-risks */
const powers: Power[] = [
  {
    power: "reads Secrets",
    verbs: ["get", "list", "watch"],
    group: "",
    resources: ["secrets"],
    anywhere: true,
  },
  {
    power: "gives roles away",
    verbs: ["bind", "escalate"],
    group: rbac,
    resources: ["roles", "clusterroles"],
    anywhere: true,
  },
  {
    power: "acts as others",
    verbs: ["impersonate"],
    group: "",
    resources: ["users", "groups", "serviceaccounts"],
    anywhere: true,
  },
  {
    power: "makes tokens of ServiceAccounts",
    verbs: ["create"],
    group: "",
    resources: ["serviceaccounts/token"],
  },
  {
    power: "runs pods as any ServiceAccount",
    verbs: ["create"],
    group: "",
    resources: ["pods", "replicationcontrollers"],
  },
  {
    power: "runs pods as any ServiceAccount",
    verbs: change,
    group: "apps",
    resources: ["daemonsets", "deployments", "replicasets", "statefulsets"],
  },
  {
    power: "runs pods as any ServiceAccount",
    verbs: change,
    group: "batch",
    resources: ["cronjobs", "jobs"],
  },
  {
    power: "runs commands in pods",
    verbs: ["create", "get"],
    group: "",
    resources: ["pods/attach", "pods/ephemeralcontainers", "pods/exec"],
  },
  { power: "commands kubelets", verbs: ["create", "get"], group: "", resources: ["nodes/proxy"] },
  {
    power: "reads what others send to the API server",
    verbs: change,
    group: "admissionregistration.k8s.io",
    resources: ["mutatingwebhookconfigurations", "validatingwebhookconfigurations"],
  },
  {
    power: "signs certificates of clients",
    verbs: ["approve", "sign"],
    group: "certificates.k8s.io",
    resources: ["signers"],
  },
];

/** What the rules of a role let their holder do beyond what an application needs. */
export function powersOf(
  rules: Rule[],
  scope: { everywhere: boolean; besideAdministrators: boolean },
): string[] {
  const found = powers
    .filter(({ anywhere }) => anywhere || scope.everywhere || scope.besideAdministrators)
    .filter((power) => rules.some((rule) => gives(rule, power)))
    .map(({ power }) => power);
  return [...new Set(found)];
}

function gives({ verbs, apiGroups = [], resources = [] }: Rule, power: Power): boolean {
  return (
    overlaps(verbs, power.verbs) &&
    overlaps(apiGroups, [power.group]) &&
    // "pods/*" and "*/exec" are patterns of a subresource.
    resources.some((resource) => power.resources.some((wanted) => covers(resource, wanted)))
  );
}

function overlaps(given: string[], wanted: string[]): boolean {
  return given.includes("*") || given.some((value) => wanted.includes(value));
}

function covers(given: string, wanted: string): boolean {
  if (given === "*" || given === wanted) return true;
  const [resource, subresource] = wanted.split("/");
  return subresource !== undefined && (given === `${resource}/*` || given === `*/${subresource}`);
}
