import * as pulumi from "@pulumi/pulumi";
import { CustomResource } from "@pulumi/kubernetes/apiextensions/customResource.js";
import { type AccessAlertsArgs, accessAlerts } from "./accessAlerts.js";
import { type AlertGroup, ruleSpec } from "./alert.js";
import { type BackupJob, backupAlerts } from "../backups/backupAlerts.js";
import { type VeleroAlertsArgs, veleroAlerts } from "../backups/veleroAlerts.js";

export interface AlertsArgs extends AccessAlertsArgs, VeleroAlertsArgs {
  /** Namespace of the monitoring stack, which exists already. */
  namespace: string;
  /** Helm release whose Prometheus selects rules by the label `release`. */
  release: string;
  /**
   * Backups that run on the node. Default: volumes, host configuration and PostgreSQL. An empty list leaves out what is
   * about them, the bucket and the drill.
   */
  backupJobs?: readonly BackupJob[];
  /** Folders of the bucket that others fill and the drill restores from as well. Default: none. */
  provenPrefixes?: readonly string[];
}

/** Name of the PrometheusRule. */
export const ruleName = "homelab-alerts";

/**
 * The alerts, as one PrometheusRule (https://prometheus-operator.dev/docs/api-reference/api/#monitoring.coreos.com/v1.PrometheusRule).
 * Its groups are a map by name, so groups that others keep in the same object stay.
 */
export class Alerts extends pulumi.ComponentResource {
  /** Name of the PrometheusRule, known once it exists. */
  readonly ruleName: pulumi.Output<string>;

  constructor(name: string, args: AlertsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("cluster-security:monitoring:Alerts", name, {}, opts);
    const rule = new CustomResource(
      `${name}-rule`,
      {
        apiVersion: "monitoring.coreos.com/v1",
        kind: "PrometheusRule",
        metadata: { name: ruleName, namespace: args.namespace, labels: { release: args.release } },
        spec: ruleSpec(alertGroups(args), args.namespace),
      },
      { parent: this },
    );
    this.ruleName = rule.metadata.name;
    this.registerOutputs({ ruleName: this.ruleName });
  }
}

/** Every alert there is, in its group. */
export function alertGroups(args: Omit<AlertsArgs, "namespace" | "release">): AlertGroup[] {
  return [
    ...backupAlerts(args.backupJobs, args.provenPrefixes),
    ...veleroAlerts(args),
    ...accessAlerts(args),
  ];
}
