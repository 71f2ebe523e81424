import { addOnNamespaces, othersNamespaces, systemNamespace } from "../common/addOnNamespaces.js";
import { reloaderName } from "../common/reloader.js";
import { controllerName } from "../secrets/sealedSecrets.js";
import type { Subject } from "./clusterAdmins.js";
import { everywhere, type Power } from "./powers.js";

/** Someone, not cluster-admin, who may read Secrets or could raise their rights. */
export interface PrivilegedSubject extends Subject {
  /** Why nothing less will do. */
  reason: string;
  /** Default: read-secrets. */
  may?: readonly Power[];
  /** Namespaces it may do so in, or {@link everywhere}. Default: the ServiceAccount's own. */
  namespaces?: readonly string[];
}

/** Whether an entry covers a power in a namespace; undefined: everywhere. */
export function covers(
  { namespace: own, may = ["read-secrets"], namespaces = own === undefined ? [] : [own] }: PrivilegedSubject,
  power: Power,
  namespace: string | undefined,
): boolean {
  return (
    may.includes(power) && (namespaces.includes(everywhere) || namespaces.includes(namespace ?? everywhere))
  );
}

const account = (
  namespace: string,
  name: string,
  reason: string,
  may?: Power[],
  ...namespaces: string[]
): PrivilegedSubject => ({
  kind: "ServiceAccount",
  ...{ namespace, name, reason },
  ...(may ? { may } : {}),
  ...(namespaces.length > 0 ? { namespaces } : {}),
});

/** The parts of the stack, and of an ArgoCD, that need more than an application does: exactly what their roles give. */
export function privilegedSubjects({
  argocd = othersNamespaces.argocd,
}: { argocd?: string } = {}): PrivilegedSubject[] {
  const brought = "brings the kinds of its chart, in a Job that ends";
  return [
    account(
      systemNamespace,
      controllerName,
      "writes the Secrets that SealedSecrets stand for",
      ["read-secrets", "make-tokens"],
      everywhere,
    ),
    account(
      addOnNamespaces.certManager,
      "cert-manager",
      "writes the Secrets of certificates, runs the pods that solve HTTP-01",
      ["read-secrets", "run-pods", "make-tokens", "take-names"],
      everywhere,
    ),
    account(
      addOnNamespaces.certManager,
      "cert-manager-startupapicheck",
      "asks for a certificate, in a Job that ends",
      ["take-names"],
    ),
    account(
      addOnNamespaces.certManager,
      "cert-manager-cainjector",
      "writes CAs into webhooks, read from Secrets",
      ["read-secrets", "intercept-requests"],
      everywhere,
    ),
    account(addOnNamespaces.certManager, "cert-manager-webhook", "keeps the certificate it serves with"),
    account(
      addOnNamespaces.harbor,
      reloaderName,
      "restarts Harbor's parts when one of their Secrets changes",
      ["read-secrets", "run-pods"],
    ),
    account(addOnNamespaces.velero, reloaderName, "restarts Velero when its Secret changes", [
      "read-secrets",
      "run-pods",
    ]),
    account(
      addOnNamespaces.velero,
      "velero-server-upgrade-crds",
      brought,
      ["intercept-requests"],
      everywhere,
    ),
    account(
      systemNamespace,
      "cilium",
      "its agent reads the Secrets that policies name",
      ["read-secrets"],
      "cilium-secrets",
    ),
    account(
      systemNamespace,
      "cilium-operator",
      "copies the Secrets that policies name, brings Cilium's kinds, gives load balancers addresses",
      ["read-secrets", "intercept-requests", "open-network", "take-names", "configure-cluster"],
      everywhere,
    ),
    account(systemNamespace, "cilium-operator", "its role can set up ztunnel", ["run-pods"]),
    account(systemNamespace, "hubble-generate-certs", "writes the certificates of Hubble", [
      "read-secrets",
      "make-tokens",
    ]),
    account(
      argocd,
      "argocd-server",
      "shows, patches and deletes what applications consist of, of any kind",
      [
        "read-secrets",
        "run-pods",
        "enter-pods",
        "reach-pods",
        "make-tokens",
        "use-nodes",
        "intercept-requests",
        "loosen-admission",
        "open-network",
        "take-names",
        "configure-cluster",
        "use-administrators",
      ],
      everywhere,
    ),
    account(
      argocd,
      "argocd-applicationset-controller",
      "reads the credentials of repositories and clusters, makes Applications",
      ["read-secrets", "use-administrators"],
      everywhere,
    ),
    account(
      argocd,
      "argocd-notifications-controller",
      "reads the credentials it notifies with, notes it on Applications",
      ["read-secrets", "use-administrators"],
    ),
    account(argocd, "argocd-dex-server", "reads the credentials of the identity provider"),
    account(argocd, "argocd-redis", "makes its password, in an init container"),
  ];
}
