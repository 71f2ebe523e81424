import { reloaderName } from "../reloader/reloader.js";
import { controllerName } from "../secrets/sealedSecrets.js";
import { identity, type Binding, type Subject } from "./clusterAdmins.js";

/** Someone, not cluster-admin, who may read Secrets or could raise their rights. */
export interface PrivilegedSubject extends Subject {
  /** Why nothing less will do. */
  reason: string;
}

const account = (namespace: string, name: string, reason: string): PrivilegedSubject => ({
  kind: "ServiceAccount",
  ...{ namespace, name, reason },
});

/** The parts of the stack, and of an ArgoCD, that need more than an application does. */
export function privilegedSubjects({ argocd = "argocd" }: { argocd?: string } = {}): PrivilegedSubject[] {
  return [
    account("kube-system", controllerName, "writes the Secrets that SealedSecrets stand for"),
    account(
      "cert-manager",
      "cert-manager",
      "writes the Secrets of certificates, runs the pods that solve HTTP-01",
    ),
    account("cert-manager", "cert-manager-cainjector", "writes CAs into webhooks, read from Secrets"),
    account("cert-manager", "cert-manager-webhook", "keeps the certificate it serves with"),
    account("harbor", reloaderName, "restarts Harbor's parts when one of their Secrets changes"),
    account("velero", reloaderName, "restarts Velero when its Secret changes"),
    account("kube-system", "cilium", "its agent reads the Secrets that policies name"),
    account("kube-system", "cilium-operator", "copies the Secrets that policies name"),
    account("kube-system", "hubble-generate-certs", "writes the certificates of Hubble"),
    account(argocd, "argocd-server", "shows and patches what applications consist of"),
    account(argocd, "argocd-applicationset-controller", "reads the credentials of repositories and clusters"),
    account(argocd, "argocd-notifications-controller", "reads the credentials it notifies with"),
    account(argocd, "argocd-dex-server", "reads the credentials of the identity provider"),
  ];
}

/**
 * True for a subject that Kubernetes itself binds to the role: its controllers, each to the role of its name, and its
 * components (https://kubernetes.io/docs/reference/access-authn-authz/rbac/#default-roles-and-role-bindings). Somebody
 * else whom a binding of that kind is widened to is not among them.
 */
export function isKubernetesOwn({ roleRef }: Binding, subject: Subject): boolean {
  if (!roleRef.name.startsWith("system:")) return false;
  return ownIdentities(roleRef.name).includes(identity(subject));
}

function ownIdentities(role: string): string[] {
  const controller = role.replace(/^system:(controller:)?/, "");
  return [
    `User system:serviceaccount:kube-system:${controller}`,
    // The built-in components sign in by certificate, under the name of their role.
    `User ${role}`,
    ...(role === "system:node" ? ["Group system:nodes"] : []),
  ];
}
