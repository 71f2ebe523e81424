import * as pulumi from "@pulumi/pulumi";
import { Release } from "@pulumi/kubernetes/helm/v3/release.js";
import { charts, type ChartName } from "./charts.js";

/** What the settings say of a release. */
export interface ReleaseOptions {
  /** Exact chart version. Default: the table's in charts.ts. */
  chartVersion?: string;
  /** Seconds until every object of the release must be ready. Default: the table's in charts.ts. */
  timeoutSeconds?: number;
}

export interface AddonArgs extends ReleaseOptions {
  /** Chart, from the table in charts.ts. */
  chart: ChartName;
  /** Namespace of the release; it exists already. */
  namespace: pulumi.Input<string>;
  /** Name of the release. Default: the chart's name. */
  releaseName?: string;
  /** Chart values. No credential belongs here: Helm keeps values in a Secret of its own and Pulumi in its state. */
  values: Record<string, unknown>;
}

/**
 * One pinned Helm release.
 *
 * A Release and not a Chart: hooks and `lookup` work as the chart's authors meant them, CRDs are known to previews, and
 * a failed upgrade is rolled back (https://www.pulumi.com/registry/packages/kubernetes/api-docs/helm/v3/release/), unless
 * the table says otherwise. A release that failed and was not taken back is in the state as one that did not get ready,
 * so the next run upgrades it
 * (https://github.com/pulumi/pulumi-kubernetes/blob/v4.34.0/provider/pkg/provider/helm_release.go).
 */
export class Addon extends pulumi.ComponentResource {
  /** Name of the release; depend on the component to wait until it is ready. */
  readonly releaseName: pulumi.Output<string>;

  constructor(name: string, args: AddonArgs, opts?: pulumi.ComponentResourceOptions) {
    super("cluster-security:addon:Addon", name, {}, opts);
    const source = charts[args.chart];
    const release = new Release(
      `${name}-release`,
      {
        name: args.releaseName ?? args.chart,
        namespace: args.namespace,
        chart: source.chart,
        version: args.chartVersion ?? source.version,
        ...(source.repo ? { repositoryOpts: { repo: source.repo } } : {}),
        values: args.values,
        createNamespace: false,
        atomic: source.atomic,
        timeout: args.timeoutSeconds ?? source.timeoutSeconds,
      },
      { parent: this },
    );
    this.releaseName = release.name;
    this.registerOutputs({ releaseName: this.releaseName });
  }
}
