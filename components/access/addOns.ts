import { posix } from "node:path";
import { alloyPositions } from "../audit/auditShipping.js";
import { addOnNamespaces } from "../common/addOnNamespaces.js";
import { auditLogPath } from "../control-plane/hardening/apiServer.js";
import type { HostPathUser } from "./admission/hostAccess.js";
import type { PowerfulRole } from "./admission/roles.js";

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
    folders: [{ path: posix.dirname(auditLogPath), readOnly: true }, { path: alloyPositions }],
    reason: "it reads the API server's audit log, and notes on the node how far",
  },
  {
    namespace: addOnNamespaces.velero,
    serviceAccount: "velero-server",
    // podVolumePath and pluginVolumePath of the chart.
    folders: [{ path: "/var/lib/kubelet/pods" }, { path: "/var/lib/kubelet/plugins" }],
    reason: "its node agent reads the volumes of other pods from the kubelet's folder",
  },
];

/** Roles of an ArgoCD, by the names that its manifests and its chart give them, which reach every kind. */
export const powerfulRoles: PowerfulRole[] = [
  { name: "argocd-application-controller", reason: "applies what Git holds, of any kind" },
  { name: "argocd-server", reason: "shows, patches and deletes what applications consist of, of any kind" },
];
