import { addOnNamespaces } from "../common/addOnNamespaces.js";
import type { HostPathUser } from "./admission/hostAccess.js";

/** Where the images of the add-ons come from, as their charts name them. */
export const addOnRegistries: readonly string[] = [
  "docker.io/goharbor",
  "docker.io/grafana",
  "docker.io/library/busybox",
  "docker.io/velero",
  "ghcr.io/stakater",
  "quay.io/jetstack",
];

/** The add-ons outside kube-system whose pods mount folders of their node. */
export const hostPathUsers: HostPathUser[] = [
  {
    namespace: addOnNamespaces.auditLogs,
    serviceAccount: "alloy",
    reason: "it reads the API server's audit log, and notes on the node how far",
  },
  {
    namespace: addOnNamespaces.velero,
    serviceAccount: "velero-server",
    reason: "its node agent reads the volumes of other pods from the kubelet's folder",
  },
];
