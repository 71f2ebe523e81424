import { systemNamespace } from "../../../../components/common/addOnNamespaces.js";
import type { PowerRow } from "./powerRows.js";

export const change = ["create", "update", "patch"];
export const drop = ["delete", "deletecollection"];
const argo = "argoproj.io";

/** Rights on kinds that are somebody's only where their controller runs. */
export const controllerRows: PowerRow[] = [
  // Address of a backup, and the Secrets in it.
  { power: "read-secrets", group: "velero.io", resources: ["downloadrequests"], verbs: ["create"] },
  { power: "read-secrets", group: "velero.io", resources: ["backupstoragelocations"], verbs: change },
  // cert-manager hands the Secrets of an issuer to the server that it names, such as a Vault
  // (https://cert-manager.io/docs/configuration/vault/); those of a ClusterIssuer lie in its own namespace.
  { power: "read-secrets", group: "cert-manager.io", resources: ["issuers"], verbs: change },
  {
    power: "read-secrets",
    group: "cert-manager.io",
    resources: ["clusterissuers"],
    verbs: change,
    clusterWide: true,
  },
  // A challenge has a solver of its own, with a server and a Secret
  // (https://cert-manager.io/docs/configuration/acme/dns01/acme-dns/).
  { power: "read-secrets", group: "acme.cert-manager.io", resources: ["challenges"], verbs: change },
  // Prometheus and Alertmanager send a Secret of the namespace, as a password, to the address that is named with it
  // (https://prometheus-operator.dev/docs/api-reference/api/#monitoring.coreos.com/v1.Endpoint).
  {
    power: "read-secrets",
    group: "monitoring.coreos.com",
    resources: ["alertmanagerconfigs", "podmonitors", "probes", "scrapeconfigs", "servicemonitors"],
    verbs: change,
  },
  // Velero's node agent copies the volume of a pod, one of a Secret as well, and back into another pod.
  {
    power: "read-secrets",
    group: "velero.io",
    resources: ["podvolumebackups", "podvolumerestores"],
    verbs: change,
  },
  // Cilium adds a Secret of any namespace to the requests that a policy names, as a header
  // (https://docs.cilium.io/en/stable/security/policy/language/#http).
  { power: "read-secrets", group: "cilium.io", resources: ["ciliumnetworkpolicies"], verbs: change },
  {
    power: "read-secrets",
    group: "cilium.io",
    resources: ["ciliumclusterwidenetworkpolicies"],
    verbs: change,
    clusterWide: true,
  },
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
  { power: "run-pods", group: "postgresql.cnpg.io", resources: ["clusters", "poolers"], verbs: change },
  // Its controller makes Secrets of any type, bootstrap tokens as well.
  {
    power: "make-tokens",
    group: "bitnami.com",
    resources: ["sealedsecrets"],
    verbs: change,
    only: systemNamespace,
    tried: true,
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
  ...["traefik.io", "traefik.containo.us"].map((group): PowerRow => ({
    power: "take-names",
    group,
    // What routes lead through: a Middleware may send each request elsewhere, with its credentials
    // (https://doc.traefik.io/traefik/middlewares/http/forwardauth/).
    resources: [
      ...["ingressroutes", "ingressroutetcps", "ingressrouteudps"],
      ...["middlewares", "serverstransports", "tlsstores", "traefikservices"],
    ],
    verbs: change,
  })),
  {
    power: "configure-cluster",
    group: "cilium.io",
    resources: ["ciliumnodeconfigs"],
    verbs: change,
    only: systemNamespace,
  },

  { power: "use-administrators", group: "velero.io", resources: ["restores"], verbs: ["create"] },
  // Velero runs the commands of a backup's hooks in pods of every namespace
  // (https://velero.io/docs/main/backup-hooks/).
  { power: "use-administrators", group: "velero.io", resources: ["backups"], verbs: ["create"] },
  { power: "use-administrators", group: "velero.io", resources: ["schedules"], verbs: change },
  {
    power: "use-administrators",
    group: argo,
    resources: ["applications", "applicationsets", "appprojects"],
    verbs: change,
  },
];
