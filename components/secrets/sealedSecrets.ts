import * as pulumi from "@pulumi/pulumi";
import { Addon, type ReleaseOptions } from "../common/addon.js";

/** Name under which kubeseal looks for the controller when it is told none. */
export const controllerName = "sealed-secrets-controller";

export interface SealedSecretsArgs extends ReleaseOptions {
  /** Namespace of the controller; kubeseal looks in kube-system when it is told none. */
  namespace: pulumi.Input<string>;
  /** Helm release of kube-prometheus-stack, whose Prometheus selects by this label. Default: no monitor, no alert. */
  monitoring?: { release: string };
}

/**
 * The Sealed Secrets controller: it turns SealedSecrets, which may lie in Git, into Secrets.
 *
 * A controller that starts and finds no key makes one of its own. Give `dependsOn: sealingKeys`, so that it starts after
 * the keys of the program are there. Its ServiceAccount may read and write Secrets and read SealedSecrets, nothing else;
 * the chart sees to that.
 */
export class SealedSecrets extends pulumi.ComponentResource {
  /** Name of the release. */
  readonly releaseName: pulumi.Output<string>;

  constructor(name: string, args: SealedSecretsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("cluster-security:secrets:SealedSecrets", name, {}, opts);
    const controller = new Addon(
      `${name}-controller`,
      {
        chart: "sealed-secrets",
        chartVersion: args.chartVersion,
        timeoutSeconds: args.timeoutSeconds,
        namespace: args.namespace,
        values: sealedSecretsValues(args),
      },
      { parent: this },
    );
    this.releaseName = controller.releaseName;
    this.registerOutputs({ releaseName: this.releaseName });
  }
}

/** Values of the chart. */
export function sealedSecretsValues({ monitoring }: Pick<SealedSecretsArgs, "monitoring">) {
  const monitor = monitoring
    ? { enabled: true, labels: { release: monitoring.release } }
    : { enabled: false };
  return {
    fullnameOverride: controllerName,
    // Only the program adds keys. By default the controller makes one of its own every 30 days, and what is sealed with
    // that is lost with the cluster, because the program does not have it.
    keyrenewperiod: "0",
    // Without it the controller reads its keys only when it starts, and a key added later unseals nothing until then.
    watchForSecrets: true,
    // By default every ServiceAccount may call the controller, which tells whether a SealedSecret can be opened. kubeseal
    // needs that only to fetch the certificate, which the stack puts out; administrators may call it anyway.
    rbac: { serviceProxier: { bind: false } },
    // The chart's security contexts meet the restricted level already.
    resources: { requests: { cpu: "10m", memory: "64Mi" }, limits: { memory: "256Mi" } },
    metrics: { serviceMonitor: monitor, prometheusRule: monitor },
  };
}
