import * as pulumi from "@pulumi/pulumi";
import { Role } from "@pulumi/kubernetes/rbac/v1/role.js";
import { RoleBinding } from "@pulumi/kubernetes/rbac/v1/roleBinding.js";
import type { IPolicyRule } from "kubernetes-models/rbac.authorization.k8s.io/v1/PolicyRule";
import { Addon, type ReleaseOptions } from "./addon.js";

export interface ReloaderArgs extends ReleaseOptions {
  /** Namespace it runs in, and the only one it watches. */
  namespace: pulumi.Input<string>;
  /** Deployments it may restart. Default: none. */
  deployments?: readonly string[];
  /** DaemonSets it may restart. Default: none. */
  daemonSets?: readonly string[];
  /** StatefulSets it may restart. Default: none. */
  statefulSets?: readonly string[];
}

/** Name of the release, its Deployment and its ServiceAccount. */
export const reloaderName = "reloader";

/**
 * Stakater Reloader for one namespace: it restarts workloads when a Secret they name by annotation changes
 * (https://github.com/stakater/Reloader).
 *
 * One per namespace instead of one for the cluster: a namespace selector only filters what Reloader acts on, while its
 * ClusterRole still reads every Secret. The Role is ours, because the chart's lets it rewrite every workload of the
 * namespace and create Jobs, and so act as any ServiceAccount there; Velero's is cluster-admin.
 */
export class Reloader extends pulumi.ComponentResource {
  /** Name of the release; depend on the component to wait until it is ready. */
  readonly releaseName: pulumi.Output<string>;

  constructor(name: string, args: ReloaderArgs, opts?: pulumi.ComponentResourceOptions) {
    super("cluster-security:reloader:Reloader", name, {}, opts);
    const metadata = { name: reloaderName, namespace: args.namespace };
    const role = new Role(`${name}-role`, { metadata, rules: reloaderRules(args) }, { parent: this });
    const binding = new RoleBinding(
      `${name}-binding`,
      {
        metadata,
        roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: role.metadata.name },
        subjects: [{ kind: "ServiceAccount", name: reloaderName, namespace: args.namespace }],
      },
      { parent: this },
    );
    const addon = new Addon(
      `${name}-chart`,
      {
        chart: "reloader",
        chartVersion: args.chartVersion,
        timeoutSeconds: args.timeoutSeconds,
        namespace: args.namespace,
        releaseName: reloaderName,
        values: reloaderValues(),
      },
      { parent: this, dependsOn: binding },
    );
    this.releaseName = addon.releaseName;
    this.registerOutputs({ releaseName: this.releaseName });
  }
}

/**
 * Annotation by which a workload names the Secrets whose change restarts it. It may stand on the workload or on its pod
 * template, which is all that most charts let one annotate; Reloader reads the template's where the workload has none.
 */
export function reloadAnnotation(...secretNames: string[]): Record<string, string> {
  return { "secret.reloader.stakater.com/reload": [...secretNames].sort().join(",") };
}

/**
 * What Reloader needs and no more. It lists Secrets and workloads without naming them, so reading cannot be narrowed;
 * changing is allowed for the named workloads alone. It would also like to publish its options in a ConfigMap: it logs
 * a warning at start that it may not, and does without.
 */
export function reloaderRules(
  args: Pick<ReloaderArgs, "deployments" | "daemonSets" | "statefulSets">,
): IPolicyRule[] {
  const restarts = {
    daemonsets: args.daemonSets,
    deployments: args.deployments,
    statefulsets: args.statefulSets,
  };
  return [
    { apiGroups: [""], resources: ["secrets"], verbs: ["get", "list", "watch"] },
    { apiGroups: ["apps"], resources: ["daemonsets", "deployments", "statefulsets"], verbs: ["get", "list"] },
    ...Object.entries(restarts).flatMap(([resource, names]) =>
      names?.length
        ? [{ apiGroups: ["apps"], resources: [resource], resourceNames: [...names].sort(), verbs: ["patch"] }]
        : [],
    ),
    { apiGroups: [""], resources: ["events"], verbs: ["create", "patch"] },
  ];
}

/** Values of the chart `reloader`. */
export function reloaderValues(): Record<string, unknown> {
  return {
    fullnameOverride: reloaderName,
    reloader: {
      watchGlobally: false,
      ignoreConfigMaps: true,
      ignoreJobs: true,
      ignoreCronJobs: true,
      // A restart leaves an annotation on the pod template, where the default would add a variable to a container.
      reloadStrategy: "annotations",
      readOnlyRootFileSystem: true,
      rbac: { enabled: false },
      deployment: {
        containerSecurityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
        resources: { requests: { cpu: "10m", memory: "64Mi" }, limits: { memory: "128Mi" } },
      },
    },
  };
}
