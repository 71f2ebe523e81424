import { addOnNamespaces, othersNamespaces } from "../common/addOnNamespaces.js";

/** A subject of a role binding, as Kubernetes writes it. */
export interface Subject {
  kind: string;
  name: string;
  /** Namespace of a ServiceAccount. */
  namespace?: string;
}

/** Someone who may hold the ClusterRole cluster-admin. */
export interface ClusterAdmin extends Subject {
  kind: "User" | "Group" | "ServiceAccount";
  /** Why nothing less will do. */
  reason: string;
}

/** The parts of a RoleBinding or ClusterRoleBinding that say who may do what. */
export interface Binding {
  roleRef: { kind: string; name: string };
  subjects?: Subject[];
}

/**
 * Everyone who may hold cluster-admin. Sealed Secrets and cert-manager are not among them: their charts bring roles that
 * reach no further than they need.
 *
 * @param argocd Namespace of ArgoCD. Default: argocd.
 */
export function clusterAdmins({
  argocd = othersNamespaces.argocd,
}: { argocd?: string } = {}): ClusterAdmin[] {
  return [
    {
      kind: "Group",
      name: "system:masters",
      reason: "built into Kubernetes; kubeadm's super-admin.conf, kept on the node for emergencies",
    },
    {
      kind: "Group",
      name: "kubeadm:cluster-admins",
      reason: "the administrator's kubeconfig, admin.conf",
    },
    {
      kind: "ServiceAccount",
      namespace: addOnNamespaces.velero,
      name: "velero-server",
      reason: "backs up and restores every kind of object, roles included",
    },
    {
      kind: "ServiceAccount",
      namespace: argocd,
      name: "argocd-application-controller",
      reason: "applies what Git holds; its AppProject limits what that may be",
    },
  ];
}

/** True when the subject is on the list, however it is spelt. */
export function isListed(subject: Subject, listed: readonly Subject[]): boolean {
  const wanted = identity(subject);
  return listed.some((other) => identity(other) === wanted);
}

/** One spelling for a subject; a ServiceAccount may also be bound as the user that it signs in as. */
export function identity({ kind, name, namespace }: Subject): string {
  return kind === "ServiceAccount"
    ? `User system:serviceaccount:${namespace ?? ""}:${name}`
    : `${kind} ${name}`;
}
