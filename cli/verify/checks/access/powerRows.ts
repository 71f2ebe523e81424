import { systemNamespace } from "../../../../components/common/addOnNamespaces.js";
import { secretVerbs, type Power } from "../../../../components/access/powers.js";
import { change, controllerRows, drop } from "./controllerRows.js";

/** Rights of which each gives a power. */
export interface PowerRow {
  power: Power;
  group: string;
  resources: string[];
  verbs: readonly string[];
  /** The resource lies in no namespace, so that a RoleBinding gives nothing of it. Default: false. */
  clusterWide?: boolean;
  /** The one namespace in which it gives the power. Default: any. */
  only?: string;
  /** Whether a test tries it with its controller, though it is none of Kubernetes' own kinds. Default: false. */
  tried?: true;
  /** A rule for named objects counts only where a name begins so. Default: it counts whatever it names. */
  named?: string;
}

const rbac = "rbac.authorization.k8s.io";
const admission = "admissionregistration.k8s.io";
/** What sees, changes or refuses the requests of others. */
const interceptors = [
  ...["mutatingwebhookconfigurations", "validatingwebhookconfigurations"],
  ...["mutatingadmissionpolicies", "mutatingadmissionpolicybindings"],
];

/** Whether the API server serves the kinds by itself. The others come with what runs in the cluster. */
export const isKubernetesKind = ({ group }: PowerRow): boolean =>
  !group.includes(".") || (group.endsWith(".k8s.io") && group !== "gateway.networking.k8s.io");

/**
 * Who may use what of it, and what it comes to
 * (https://kubernetes.io/docs/reference/access-authn-authz/rbac-good-practices/#privilege-escalation-risks). Rights that
 * the API server itself holds back are left out: who makes a role or a binding must have the rights of it already, or
 * `bind` or `escalate`; who approves a request for a certificate needs `approve` for its signer.
 * tests/real/lab/access/powers.test.ts tries every right of Kubernetes' own kinds on a real API server. After a change,
 * `npm run powers-table` writes docs/reference/access.md.
 */
export const rows: PowerRow[] = [
  {
    power: "read-secrets",
    group: "",
    resources: ["secrets"],
    verbs: secretVerbs,
  },

  // The image of a pod that runs can be changed.
  { power: "run-pods", group: "", resources: ["pods", "replicationcontrollers"], verbs: change },
  {
    power: "run-pods",
    group: "apps",
    resources: ["daemonsets", "deployments", "replicasets", "statefulsets"],
    verbs: change,
  },
  { power: "run-pods", group: "batch", resources: ["cronjobs", "jobs"], verbs: change },

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

  // Any port of the node, of which the kubelet's is one.
  {
    power: "use-nodes",
    group: "",
    resources: ["nodes/proxy"],
    verbs: ["create", "get", "update", "patch", "delete"],
    clusterWide: true,
  },
  // Of the kind hostPath, whatever the pods of a namespace may mount.
  { power: "use-nodes", group: "", resources: ["persistentvolumes"], verbs: ["create"], clusterWide: true },

  {
    power: "intercept-requests",
    group: admission,
    resources: interceptors,
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
    resources: interceptors,
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
  { power: "take-names", group: "networking.k8s.io", resources: ["ingresses"], verbs: change },
  // Where a Service's name and addresses lead: network policies select pods, so that a client's may let it through to the
  // wrong one. The status has the addresses of load balancers (CVE-2020-8554).
  { power: "take-names", group: "", resources: ["services", "endpoints"], verbs: change },
  { power: "take-names", group: "", resources: ["services/status"], verbs: ["update", "patch"] },
  { power: "take-names", group: "discovery.k8s.io", resources: ["endpointslices"], verbs: change },

  // Of Cilium, CoreDNS and the API server's authentication of proxies.
  { power: "configure-cluster", group: "", resources: ["configmaps"], verbs: change, only: systemNamespace },

  ...controllerRows,
];
