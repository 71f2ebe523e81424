import * as pulumi from "@pulumi/pulumi";
import { ClusterRole } from "@pulumi/kubernetes/rbac/v1/clusterRole.js";
import { ClusterRoleBinding } from "@pulumi/kubernetes/rbac/v1/clusterRoleBinding.js";
import type { Subject } from "./clusterAdmins.js";

export interface AuditorArgs {
  /** Who gets the role. Default: nobody; the role is there to be bound. */
  subjects?: Subject[];
}

/** Name of the role. */
export const auditorRole = "cluster-security:auditor";

/**
 * Somebody who checks the cluster and can neither change it nor learn a secret: reads every kind that a review needs, but
 * neither Secrets nor what may hold one by accident, such as logs, ConfigMaps and the environment of Helm releases.
 */
export class Auditor extends pulumi.ComponentResource {
  /** Name of the ClusterRole. */
  readonly role: pulumi.Output<string>;

  constructor(name: string, args: AuditorArgs = {}, opts?: pulumi.ComponentResourceOptions) {
    super("cluster-security:access:Auditor", name, {}, opts);
    const labels = { "app.kubernetes.io/managed-by": "pulumi" };
    const role = new ClusterRole(
      `${name}-role`,
      { metadata: { name: auditorRole, labels }, rules: auditorRules() },
      { parent: this },
    );
    const { subjects = [] } = args;
    if (subjects.length > 0) {
      new ClusterRoleBinding(
        `${name}-binding`,
        {
          metadata: { name: auditorRole, labels },
          roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: role.metadata.name },
          subjects: subjects.map(({ kind, name, namespace }) =>
            kind === "ServiceAccount"
              ? { kind, name, namespace }
              : { kind, name, apiGroup: "rbac.authorization.k8s.io" },
          ),
        },
        { parent: this },
      );
    }
    this.role = role.metadata.name;
    this.registerOutputs({ role: this.role });
  }
}

/** What an auditor reads, by API group. Each resource is named: a wildcard in the core group would reach Secrets. */
export function auditorRules(): { apiGroups: string[]; resources: string[]; verbs: string[] }[] {
  const resources: Record<string, string[]> = {
    "": [
      ...["endpoints", "events", "limitranges", "namespaces", "nodes", "persistentvolumeclaims"],
      ...[
        "persistentvolumes",
        "pods",
        "replicationcontrollers",
        "resourcequotas",
        "serviceaccounts",
        "services",
      ],
    ],
    "admissionregistration.k8s.io": ["*"],
    "apiextensions.k8s.io": ["customresourcedefinitions"],
    apps: ["daemonsets", "deployments", "replicasets", "statefulsets"],
    "argoproj.io": ["applications", "appprojects", "rollouts"],
    batch: ["cronjobs", "jobs"],
    "bitnami.com": ["sealedsecrets"],
    "cert-manager.io": ["certificaterequests", "certificates", "clusterissuers", "issuers"],
    "cilium.io": ["*"],
    "discovery.k8s.io": ["endpointslices"],
    "gateway.networking.k8s.io": ["*"],
    "monitoring.coreos.com": ["podmonitors", "prometheusrules", "servicemonitors"],
    "networking.k8s.io": ["*"],
    policy: ["poddisruptionbudgets"],
    "rbac.authorization.k8s.io": ["clusterrolebindings", "clusterroles", "rolebindings", "roles"],
    "storage.k8s.io": ["*"],
    "velero.io": ["backups", "backupstoragelocations", "restores", "schedules"],
  };
  return Object.entries(resources).map(([group, names]) => ({
    apiGroups: [group],
    resources: names,
    verbs: ["get", "list", "watch"],
  }));
}
