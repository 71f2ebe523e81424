import { addOnNamespaces, systemNamespace } from "../../../../components/common/addOnNamespaces.js";
import { controllerName } from "../../../../components/secrets/sealedSecrets.js";
import type { Rights } from "./reviews.js";

const { certManager, velero } = addOnNamespaces;

/** What nobody needs who is not an administrator: each of these is a way to become one. */
const waysUp = [
  "create pods",
  "create pods/exec",
  "create deployments.apps",
  "create serviceaccounts/token",
  "create clusterrolebindings.rbac.authorization.k8s.io",
  "update clusterroles.rbac.authorization.k8s.io",
  "escalate clusterroles.rbac.authorization.k8s.io",
  "impersonate users",
  "get nodes/proxy",
];

/** The Sealed Secrets controller turns SealedSecrets into Secrets, in every namespace. */
export const sealedSecretsRights: Rights = {
  namespace: systemNamespace,
  serviceAccount: controllerName,
  from: { chart: "sealed-secrets" },
  may: [
    "list sealedsecrets.bitnami.com",
    "watch sealedsecrets.bitnami.com",
    "update sealedsecrets.bitnami.com/status",
    "get secrets",
    "create secrets",
    "update secrets",
    "create events",
  ],
  mayNot: [
    ...waysUp,
    "create sealedsecrets.bitnami.com",
    "deletecollection secrets",
    "get configmaps",
    "list namespaces",
    "list nodes",
  ],
};

/** cert-manager keeps its own kinds and the Secrets with certificates. It makes pods too: the solvers of HTTP-01. */
export const certManagerRights: Rights = {
  namespace: certManager,
  serviceAccount: "cert-manager",
  from: { chart: "cert-manager" },
  may: [
    "list certificates.cert-manager.io",
    "update certificates.cert-manager.io/status",
    "create certificaterequests.cert-manager.io",
    "get clusterissuers.cert-manager.io",
    "create orders.acme.cert-manager.io",
    "create challenges.acme.cert-manager.io",
    "create secrets",
    "update secrets",
  ],
  mayNot: [
    ...waysUp.filter((right) => right !== "create pods"),
    "create clusterissuers.cert-manager.io",
    "create configmaps",
    "deletecollection secrets",
    "update customresourcedefinitions.apiextensions.k8s.io",
    "get sealedsecrets.bitnami.com",
    "list nodes",
  ],
};

/** cert-manager's webhook answers the API server; of Secrets it has its own certificate. */
export const certManagerWebhookRights: Rights = {
  namespace: certManager,
  serviceAccount: "cert-manager-webhook",
  from: { chart: "cert-manager" },
  may: [
    "create subjectaccessreviews.authorization.k8s.io",
    `get secrets in ${certManager} named cert-manager-webhook-ca`,
  ],
  mayNot: [...waysUp, "get secrets", `list secrets in ${certManager}`, "update certificates.cert-manager.io"],
};

/** Velero backs up and restores every kind of object. */
export const veleroRights: Rights = {
  namespace: velero,
  serviceAccount: "velero-server",
  from: { chart: "velero" },
  may: ["* *.*"],
  mayNot: [],
};

/** Nothing else in Velero's namespace has its rights. */
export const veleroNeighbourRights: Rights = {
  namespace: velero,
  serviceAccount: "default",
  from: { chart: "velero" },
  may: ["create selfsubjectaccessreviews.authorization.k8s.io"],
  mayNot: [...waysUp, "get secrets", `get secrets in ${velero}`, `list backups.velero.io in ${velero}`],
};

/** An application's pods, unless somebody gives them more, may ask what they may do and nothing else. */
export function applicationRights(namespace: string): Rights {
  return {
    namespace,
    serviceAccount: "default",
    may: ["create selfsubjectaccessreviews.authorization.k8s.io"],
    mayNot: [
      ...waysUp,
      `get secrets in ${namespace}`,
      `list secrets in ${namespace}`,
      `get secrets in ${systemNamespace}`,
      `create pods in ${namespace}`,
      `get configmaps in ${namespace}`,
      "list namespaces",
      "list nodes",
      "create sealedsecrets.bitnami.com",
      // It would tell which SealedSecrets the controller can open.
      `create services/proxy in ${systemNamespace} named http:${controllerName}:http`,
    ],
  };
}

/** ArgoCD's application controller applies what Git holds, of any kind (its manifests/cluster-rbac). */
export const argoCdControllerRights = (namespace: string): Rights => ({
  namespace,
  from: { absentMeans: "ArgoCD is not installed here" },
  serviceAccount: "argocd-application-controller",
  may: ["* *.*"],
  mayNot: [],
});

/** The part of ArgoCD that faces the network shows, patches and deletes objects; it can make none. */
export const argoCdServerRights = (namespace: string): Rights => ({
  namespace,
  from: { absentMeans: "ArgoCD is not installed here" },
  serviceAccount: "argocd-server",
  may: ["get deployments.apps", "patch deployments.apps", "get pods/log", "list applications.argoproj.io"],
  mayNot: [
    "* *.*",
    "create pods",
    "create deployments.apps",
    "create clusterrolebindings.rbac.authorization.k8s.io",
    "create serviceaccounts/token",
    "impersonate users",
    "list secrets",
  ],
});

/** The part that runs what it finds in Git repositories has no right in the cluster at all. */
export const argoCdRepoServerRights = (namespace: string): Rights => ({
  namespace,
  from: { absentMeans: "ArgoCD is not installed here" },
  serviceAccount: "argocd-repo-server",
  may: ["create selfsubjectaccessreviews.authorization.k8s.io"],
  mayNot: [...waysUp, "get secrets", `get secrets in ${namespace}`, "list pods"],
});
