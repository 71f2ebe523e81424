import { clusterAdmins, type Subject } from "../../../components/access/clusterAdmins.js";
import { privilegedSubjects } from "../../../components/access/privileged.js";
import type { Settings } from "../schema.js";
import { admittedKinds } from "./applicationKinds.js";

const networkPolicies = ["NetworkPolicy.networking.k8s.io", "CiliumNetworkPolicy.cilium.io"];

/** Everyone who may be cluster-admin. */
export function administrators({ access }: Settings) {
  return [...clusterAdmins({ argocd: access.argocd.namespace }), ...access.clusterAdmins];
}

/** Everyone else who may read Secrets, or more. */
export function privileged({ access }: Settings) {
  return [...privilegedSubjects({ argocd: access.argocd.namespace }), ...access.privileged];
}

/** Administrators but for ArgoCD, which writes what repositories say. */
export function keyWriters(settings: Settings): Subject[] {
  return administrators(settings).filter(isNotArgoCd(settings));
}

/**
 * Who may write network policies of isolated namespaces: administrators, and who is listed with the right. ArgoCD where the
 * settings let repositories bring them, or do not limit it.
 */
export function networkWriters(settings: Settings): Subject[] {
  const kinds = settings.access.argocd.enabled ? admittedKinds(settings) : undefined;
  const brought = kinds === undefined || networkPolicies.some((kind) => kinds.includes(kind));
  return [
    ...administrators(settings),
    ...privileged(settings).filter(({ may }) => may?.includes("open-network")),
  ].filter((subject) => brought || isNotArgoCd(settings)(subject));
}

const isNotArgoCd =
  ({ access }: Settings) =>
  ({ kind, namespace }: Subject): boolean =>
    !(kind === "ServiceAccount" && namespace === access.argocd.namespace);
