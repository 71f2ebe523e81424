import * as pulumi from "@pulumi/pulumi";
import { Addon, type ReleaseOptions } from "../common/addon.js";

export interface CertManagerArgs extends ReleaseOptions {
  /** Namespace of the release; it exists already and may enforce the restricted pod-security level. */
  namespace: pulumi.Input<string>;
  /** Public resolvers, host:port, that the DNS-01 self-check asks. Default: 1.1.1.1:53 and 8.8.8.8:53. */
  recursiveNameservers?: string[];
  /** Prometheus operator that collects the metrics. Default: no metrics. */
  monitoring?: {
    /** Value of the label `release` that its Prometheus selects monitors by, in any namespace. */
    release: string;
  };
}

/**
 * cert-manager: controller, webhook and CA injector.
 *
 * The security page says that the self-signed issuer also makes the certificate of cert-manager's own webhook. It stays
 * with the chart's way here, a CA that the webhook makes and renews by itself and the CA injector publishes: an
 * issuer and a Certificate are admitted by that webhook only, so it could never start with a certificate that has to be
 * requested through itself (https://cert-manager.io/docs/concepts/webhook/).
 */
export class CertManager extends pulumi.ComponentResource {
  /** Name of the release; depend on the component to wait until its webhook answers. */
  readonly releaseName: pulumi.Output<string>;

  constructor(name: string, args: CertManagerArgs, opts?: pulumi.ComponentResourceOptions) {
    super("cluster-security:certificates:CertManager", name, {}, opts);
    const addon = new Addon(
      `${name}-addon`,
      {
        chart: "cert-manager",
        namespace: args.namespace,
        values: certManagerValues(args),
        chartVersion: args.chartVersion,
        timeoutSeconds: args.timeoutSeconds,
      },
      { parent: this },
    );
    this.releaseName = addon.releaseName;
    this.registerOutputs({ releaseName: this.releaseName });
  }
}

/**
 * Chart values. What is not set is right by default: pods fit the restricted level, the start-up check waits for the
 * webhook, Secrets outlive their Certificates (a re-issue counts against Let's Encrypt's limits), and the Gateway API is
 * off, because certificates are resources of this program and not annotations of a Gateway.
 */
export function certManagerValues(args: CertManagerArgs): Record<string, unknown> {
  const { monitoring } = args;
  return {
    // Without "keep" an uninstall would take every Certificate of the cluster along.
    crds: { enabled: true, keep: true },
    global: {
      // The chart's default, kube-system, would give cert-manager a Role there.
      leaderElection: { namespace: args.namespace },
    },
    // A resolver of the home network may answer for the zone itself and never show the challenge's record.
    dns01RecursiveNameservers: (args.recursiveNameservers ?? ["1.1.1.1:53", "8.8.8.8:53"]).join(","),
    dns01RecursiveNameserversOnly: true,
    prometheus: monitoring
      ? {
          enabled: true,
          servicemonitor: { enabled: true, labels: { release: monitoring.release } },
        }
      : { enabled: false },
    resources: requests("64Mi"),
    webhook: { resources: requests("32Mi") },
    cainjector: { resources: requests("64Mi") },
    startupapicheck: { resources: requests("32Mi") },
  };
}

function requests(memory: string) {
  return { requests: { cpu: "10m", memory } };
}
