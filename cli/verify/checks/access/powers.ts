import { systemNamespace } from "../../../../components/common/addOnNamespaces.js";
import { secretVerbs, type Power } from "../../../../components/access/powers.js";

/** A rule of a role. */
export interface Rule {
  verbs: string[];
  apiGroups?: string[];
  resources?: string[];
  resourceNames?: string[];
}

/** Rights of which each gives a power. */
interface Row {
  power: Power;
  group: string;
  resources: string[];
  verbs: readonly string[];
  /** The resource lies in no namespace, so that a RoleBinding gives nothing of it. Default: false. */
  clusterWide?: boolean;
  /** The one namespace in which it gives the power. Default: any. */
  only?: string;
  /** A rule for named objects counts only where a name begins so. Default: it counts whatever it names. */
  named?: string;
}

/** What somebody with a power does, for a person. */
export const descriptions: Record<Power, string> = {
  "read-secrets": "reads Secrets",
  "run-pods": "runs pods with any Secret and ServiceAccount",
  "enter-pods": "runs commands in pods",
  "reach-pods": "connects to any port of pods, past network policies",
  "make-tokens": "makes tokens of ServiceAccounts",
  "give-roles": "gives roles away",
  impersonate: "acts as others",
  "sign-certificates": "signs certificates of clients",
  "use-nodes": "reaches into nodes",
  "intercept-requests": "reads or changes what others send to the API server",
  "loosen-admission": "takes away what the API server refuses",
  "open-network": "changes which connections are allowed",
  "take-names": "serves under the cluster's host names, or gets certificates for them",
  "configure-cluster": "changes the configuration of the cluster's own parts",
  "use-administrators": "has a cluster-admin act",
};

const rbac = "rbac.authorization.k8s.io";
const admission = "admissionregistration.k8s.io";
const argo = "argoproj.io";
const change = ["create", "update", "patch"];
const drop = ["delete", "deletecollection"];

/**
 * Who may use what of it, and what it comes to
 * (https://kubernetes.io/docs/reference/access-authn-authz/rbac-good-practices/#privilege-escalation-risks). Rights that
 * the API server itself holds back are left out: who makes a role or a binding must have the rights of it already, or
 * `bind` or `escalate`; who approves a request for a certificate needs `approve` for its signer.
 */
const rows: Row[] = [
  {
    power: "read-secrets",
    group: "",
    resources: ["secrets"],
    verbs: secretVerbs,
  },
  // Address of a backup, and the Secrets in it.
  { power: "read-secrets", group: "velero.io", resources: ["downloadrequests"], verbs: ["create"] },
  { power: "read-secrets", group: "velero.io", resources: ["backupstoragelocations"], verbs: change },

  // The image of a pod that runs can be changed.
  { power: "run-pods", group: "", resources: ["pods", "replicationcontrollers"], verbs: change },
  {
    power: "run-pods",
    group: "apps",
    resources: ["daemonsets", "deployments", "replicasets", "statefulsets"],
    verbs: change,
  },
  { power: "run-pods", group: "batch", resources: ["cronjobs", "jobs"], verbs: change },
  // Kinds that a controller turns into pods with containers and volumes of the user's choice.
  {
    power: "run-pods",
    group: argo,
    resources: ["rollouts", "experiments", "analysisruns", "analysistemplates", "clusteranalysistemplates"],
    verbs: change,
  },
  {
    power: "run-pods",
    group: "monitoring.coreos.com",
    resources: ["alertmanagers", "prometheusagents", "prometheuses", "thanosrulers"],
    verbs: change,
  },
  { power: "run-pods", group: "postgresql.cnpg.io", resources: ["clusters"], verbs: change },

  { power: "enter-pods", group: "", resources: ["pods/attach", "pods/exec"], verbs: ["create", "get"] },
  { power: "enter-pods", group: "", resources: ["pods/ephemeralcontainers"], verbs: ["update", "patch"] },

  // Through the API server, whose connections no network policy of a namespace refuses.
  {
    power: "reach-pods",
    group: "",
    resources: ["pods/portforward", "pods/proxy", "services/proxy"],
    verbs: ["create", "get", "update", "patch", "delete"],
  },

  { power: "make-tokens", group: "", resources: ["serviceaccounts/token"], verbs: ["create"] },
  // A bootstrap token signs in as the groups that it names
  // (https://kubernetes.io/docs/reference/access-authn-authz/bootstrap-tokens/).
  { power: "make-tokens", group: "", resources: ["secrets"], verbs: change, only: systemNamespace },

  { power: "give-roles", group: rbac, resources: ["roles", "clusterroles"], verbs: ["bind", "escalate"] },

  { power: "impersonate", group: "", resources: ["serviceaccounts"], verbs: ["impersonate"] },
  {
    power: "impersonate",
    group: "",
    resources: ["users", "groups"],
    verbs: ["impersonate"],
    clusterWide: true,
  },
  // https://kubernetes.io/docs/reference/access-authn-authz/user-impersonation/#constrained-impersonation
  {
    power: "impersonate",
    group: "authentication.k8s.io",
    resources: ["users", "groups", "serviceaccounts", "nodes"],
    verbs: [
      "impersonate:user-info",
      "impersonate:serviceaccount",
      "impersonate:arbitrary-node",
      "impersonate:associated-node",
    ],
  },

  {
    power: "sign-certificates",
    group: "certificates.k8s.io",
    resources: ["signers"],
    verbs: ["approve", "sign"],
    clusterWide: true,
    // The API server trusts no other signers.
    named: "kubernetes.io/",
  },

  {
    power: "use-nodes",
    group: "",
    resources: ["nodes/proxy"],
    verbs: ["create", "get"],
    clusterWide: true,
  },
  // Of the kind hostPath, whatever the pods of a namespace may mount.
  { power: "use-nodes", group: "", resources: ["persistentvolumes"], verbs: ["create"], clusterWide: true },

  {
    power: "intercept-requests",
    group: admission,
    resources: [
      "mutatingwebhookconfigurations",
      "validatingwebhookconfigurations",
      "mutatingadmissionpolicies",
      "mutatingadmissionpolicybindings",
    ],
    verbs: change,
    clusterWide: true,
  },
  // Its webhook converts every object of the kind.
  {
    power: "intercept-requests",
    group: "apiextensions.k8s.io",
    resources: ["customresourcedefinitions"],
    verbs: change,
    clusterWide: true,
  },
  {
    power: "intercept-requests",
    group: "apiregistration.k8s.io",
    resources: ["apiservices"],
    verbs: change,
    clusterWide: true,
  },

  {
    power: "loosen-admission",
    group: admission,
    resources: ["validatingadmissionpolicies", "validatingadmissionpolicybindings"],
    verbs: ["update", "patch", ...drop],
    clusterWide: true,
  },
  {
    power: "loosen-admission",
    group: admission,
    resources: [
      "mutatingwebhookconfigurations",
      "validatingwebhookconfigurations",
      "mutatingadmissionpolicies",
      "mutatingadmissionpolicybindings",
    ],
    verbs: drop,
    clusterWide: true,
  },
  // Its labels name the pod security level. In a RoleBinding it is the namespace itself.
  { power: "loosen-admission", group: "", resources: ["namespaces"], verbs: ["update", "patch"] },

  {
    power: "open-network",
    group: "networking.k8s.io",
    resources: ["networkpolicies"],
    verbs: [...change, ...drop],
  },
  {
    power: "open-network",
    group: "cilium.io",
    resources: ["ciliumnetworkpolicies", "ciliumlocalredirectpolicies"],
    verbs: [...change, ...drop],
  },
  {
    power: "open-network",
    group: "cilium.io",
    resources: ["ciliumclusterwidenetworkpolicies", "ciliumcidrgroups"],
    verbs: [...change, ...drop],
    clusterWide: true,
  },

  {
    power: "take-names",
    group: "cert-manager.io",
    resources: ["certificates", "certificaterequests"],
    verbs: change,
  },
  {
    power: "take-names",
    group: "gateway.networking.k8s.io",
    resources: ["gateways", "grpcroutes", "httproutes", "referencegrants", "tcproutes", "tlsroutes"],
    verbs: change,
  },
  ...["traefik.io", "traefik.containo.us"].map((group): Row => ({
    power: "take-names",
    group,
    resources: ["ingressroutes", "ingressroutetcps", "ingressrouteudps"],
    verbs: change,
  })),
  { power: "take-names", group: "networking.k8s.io", resources: ["ingresses"], verbs: change },

  // Of Cilium, CoreDNS and the API server's authentication of proxies.
  { power: "configure-cluster", group: "", resources: ["configmaps"], verbs: change, only: systemNamespace },
  {
    power: "configure-cluster",
    group: "cilium.io",
    resources: ["ciliumnodeconfigs"],
    verbs: change,
    only: systemNamespace,
  },

  { power: "use-administrators", group: "velero.io", resources: ["restores"], verbs: ["create"] },
  {
    power: "use-administrators",
    group: argo,
    resources: ["applications", "applicationsets", "appprojects"],
    verbs: change,
  },
];

/**
 * What the rules of a role let their holder do beyond what an application needs.
 *
 * @param namespace The one for which a RoleBinding gives the role. Default: everywhere.
 */
export function powersOf(rules: Rule[], namespace?: string): Power[] {
  const found = rows
    .filter(
      ({ clusterWide, only }) =>
        namespace === undefined || (!clusterWide && (only ?? namespace) === namespace),
    )
    .filter((row) => rules.some((rule) => gives(rule, row)))
    .map(({ power }) => power);
  return [...new Set(found)];
}

function gives({ verbs, apiGroups = [], resources = [], resourceNames = [] }: Rule, row: Row): boolean {
  const { named } = row;
  return (
    overlaps(verbs, row.verbs) &&
    overlaps(apiGroups, [row.group]) &&
    (!named || resourceNames.length === 0 || resourceNames.some((name) => name.startsWith(named))) &&
    // "pods/*" and "*/exec" are patterns of a subresource.
    resources.some((resource) => row.resources.some((wanted) => covers(resource, wanted)))
  );
}

function overlaps(given: string[], wanted: readonly string[]): boolean {
  return given.includes("*") || given.some((value) => wanted.includes(value));
}

function covers(given: string, wanted: string): boolean {
  if (given === "*" || given === wanted) return true;
  const [resource, subresource] = wanted.split("/");
  return subresource !== undefined && (given === `${resource}/*` || given === `*/${subresource}`);
}
