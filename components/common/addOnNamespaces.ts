import type { PodSecurityLevel } from "./namespaces.js";

/** Namespace of Kubernetes' own parts. Cilium and the Sealed Secrets controller run in it as well. */
export const systemNamespace = "kube-system";

/** Namespaces that this program makes for its add-ons. */
export const addOnNamespaces = {
  auditLogs: "audit-logs",
  certManager: "cert-manager",
  harbor: "harbor",
  /** What the restore drill has Velero back up. */
  restoreDrill: "restore-drill",
  /** What the restore drill has Velero restore it as. */
  restored: "restore-drill-restored",
  velero: "velero",
} as const;

/** Namespaces of what others install, unless the settings name another. */
export const othersNamespaces = { argocd: "argocd", gateway: "traefik", monitoring: "monitoring" } as const;

export type AddOnNamespace = (typeof addOnNamespaces)[keyof typeof addOnNamespaces];

/** The strictest pod security level at which the pods of each namespace run. */
export const addOnPodSecurity: Readonly<Record<AddOnNamespace, PodSecurityLevel>> = {
  // Alloy reads the API server's log from the host.
  [addOnNamespaces.auditLogs]: "privileged",
  [addOnNamespaces.certManager]: "restricted",
  [addOnNamespaces.harbor]: "restricted",
  [addOnNamespaces.restoreDrill]: "restricted",
  [addOnNamespaces.restored]: "restricted",
  // Velero's node agent reads the volumes of other pods from the host.
  [addOnNamespaces.velero]: "privileged",
};
