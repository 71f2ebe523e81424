import * as pulumi from "@pulumi/pulumi";
import { CustomResource } from "@pulumi/kubernetes/apiextensions/customResource.js";
import { type AlertGroup, ruleSpec } from "./alert.js";

export interface AlertsArgs {
  /** Namespace of the monitoring stack, which exists already. */
  namespace: string;
  /** Helm release whose Prometheus selects rules by the label `release`. */
  release: string;
  /** The alerts, in groups with names of their own; a group without alerts is left out. */
  groups: AlertGroup[];
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
        spec: ruleSpec(args.groups, args.namespace),
      },
      { parent: this },
    );
    this.ruleName = rule.metadata.name;
    this.registerOutputs({ ruleName: this.ruleName });
  }
}
