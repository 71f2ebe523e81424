import type { Dashboard as GrafanaDashboard } from "@grafana/grafana-foundation-sdk/dashboard";
import * as pulumi from "@pulumi/pulumi";
import { ConfigMap } from "@pulumi/kubernetes/core/v1/configMap.js";

export interface DashboardArgs {
  /** Namespace of Grafana; its sidecar collects dashboards there. */
  namespace: string;
  /** Name of the ConfigMap, and of the file that Grafana reads. */
  configMapName: string;
  /** The dashboard, with a `uid` of its own: links to it hold that. */
  dashboard: GrafanaDashboard;
}

/**
 * A dashboard for Grafana, as the ConfigMap that the sidecar of kube-prometheus-stack looks for
 * (https://github.com/grafana/helm-charts/tree/main/charts/grafana#sidecar-for-dashboards).
 */
export class Dashboard extends pulumi.ComponentResource {
  /** Name of the ConfigMap. */
  readonly configMapName: pulumi.Output<string>;

  constructor(name: string, args: DashboardArgs, opts?: pulumi.ComponentResourceOptions) {
    super("cluster-security:monitoring:Dashboard", name, {}, opts);
    const configMap = new ConfigMap(`${name}-config-map`, dashboardConfigMap(args), { parent: this });
    this.configMapName = configMap.metadata.name;
    this.registerOutputs({ configMapName: this.configMapName });
  }
}

/** The ConfigMap of a dashboard; the same dashboard always gives the same text. */
export function dashboardConfigMap({ namespace, configMapName, dashboard }: DashboardArgs) {
  return {
    metadata: {
      name: configMapName,
      namespace,
      labels: { "app.kubernetes.io/managed-by": "pulumi", grafana_dashboard: "1" },
    },
    data: { [`${configMapName}.json`]: `${JSON.stringify(dashboard, undefined, 2)}\n` },
  };
}
