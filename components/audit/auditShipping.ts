import { createHash } from "node:crypto";
import { posix } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { ConfigMap } from "@pulumi/kubernetes/core/v1/configMap.js";
import { Addon, type ReleaseOptions } from "../common/addon.js";
import { Dashboard } from "../monitoring/dashboard.js";
import { auditDashboard } from "./auditDashboard.js";
import { auditPipeline, pipelineComponent, type AuditPipelineArgs } from "./auditPipeline.js";
import { auditLogPath } from "../control-plane/hardening/apiServer.js";

/** Folder of the node that says how far the log was read, so that a new pod goes on where the last one stopped. */
export const alloyPositions = "/var/lib/alloy-audit-logs";

export interface AuditShippingArgs extends Omit<AuditPipelineArgs, "auditLogPath">, ReleaseOptions {
  /**
   * `release`: an Alloy of its own, on the control-plane nodes alone. `snippet`: only a configuration, for an Alloy
   * that exists already; the ConfigMap says how it is imported. Default: release.
   */
  mode?: "release" | "snippet";
  /** Namespace of the release, or of the Alloy that exists; it exists already. */
  namespace: pulumi.Input<string>;
  /** kube-prometheus-stack, for metrics and a dashboard in its Grafana. Default: neither. */
  monitoring?: { namespace: string; release: string };
}

/** Name of the ConfigMap with the configuration, and of its file. */
const configMapName = "audit-logs";
const configurationFile = "audit-logs.alloy";

/** Name of the release, its DaemonSet and its Service. */
export const alloyName = "alloy";

/**
 * Sends the API server's audit log to Loki with Grafana Alloy, and shows it in Grafana.
 *
 * Alloy runs as root: the API server writes the log for root alone (0600), and no other user may be given that right
 * in a pod. It is root with no capability, on a read-only file system, that sees one folder of the node and no more,
 * and holds no token for the API.
 */
export class AuditShipping extends pulumi.ComponentResource {
  /** Name of the ConfigMap that holds the configuration. */
  readonly configMapName: pulumi.Output<string>;

  constructor(name: string, args: AuditShippingArgs, opts?: pulumi.ComponentResourceOptions) {
    super("cluster-security:control-plane:AuditShipping", name, {}, opts);
    const { mode = "release", namespace, monitoring } = args;
    const { lokiUrl, tenant } = args;
    const text = configuration({ auditLogPath, lokiUrl, tenant, mode });

    const configMap = new ConfigMap(
      `${name}-configuration`,
      {
        metadata: {
          name: configMapName,
          namespace,
          labels: { "app.kubernetes.io/managed-by": "pulumi" },
        },
        data: {
          [configurationFile]: text,
          ...(mode === "snippet" ? { "import.alloy": importing(namespace) } : {}),
        },
      },
      { parent: this },
    );
    if (mode === "release") {
      new Addon(
        `${name}-chart`,
        {
          chart: "alloy",
          chartVersion: args.chartVersion,
          timeoutSeconds: args.timeoutSeconds,
          namespace,
          releaseName: alloyName,
          values: alloyValues({ configuration: text, monitoring }),
        },
        { parent: this, dependsOn: configMap },
      );
    }
    if (monitoring) {
      new Dashboard(
        `${name}-dashboard`,
        {
          namespace: monitoring.namespace,
          configMapName: "dashboard-audit-log",
          dashboard: auditDashboard(),
        },
        { parent: this },
      );
    }
    this.configMapName = configMap.metadata.name;
    this.registerOutputs({ configMapName: this.configMapName });
  }
}

/** The configuration: for a release with the line that starts it; who imports it writes that line. */
export function configuration({ mode, ...pipeline }: AuditPipelineArgs & Pick<AuditShippingArgs, "mode">) {
  const start = mode === "snippet" ? "" : `\n${pipelineComponent} "default" { }\n`;
  return auditPipeline(pipeline) + start;
}

/** The blocks by which an Alloy that exists imports the configuration, and follows every later change of it. */
export function importing(namespace: pulumi.Input<string>): pulumi.Output<string> {
  return pulumi.interpolate`remote.kubernetes.configmap "audit_logs" {
  namespace = "${namespace}"
  name      = "${configMapName}"
}

import.string "audit_logs" {
  content = remote.kubernetes.configmap.audit_logs.data["${configurationFile}"]
}

audit_logs.${pipelineComponent} "default" { }
`;
}

/** Values of the chart `alloy`. */
export function alloyValues({
  configuration,
  monitoring,
}: {
  configuration: string;
  monitoring?: AuditShippingArgs["monitoring"];
}): Record<string, unknown> {
  const logs = posix.dirname(auditLogPath);
  return {
    fullnameOverride: alloyName,
    // For the components of Prometheus, none of which is used.
    crds: { create: false },
    // No component asks the API server for anything.
    rbac: { create: false },
    serviceAccount: { automountServiceAccountToken: false },
    alloy: {
      // The chart would read the braces of our templates as its own.
      configMap: { create: false, name: configMapName, key: configurationFile },
      storagePath: alloyPositions,
      enableReporting: false,
      mounts: {
        extra: [
          { name: "audit-logs", mountPath: logs, readOnly: true },
          { name: "positions", mountPath: alloyPositions },
        ],
      },
      securityContext: {
        runAsUser: 0,
        runAsGroup: 0,
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ["ALL"] },
        seccompProfile: { type: "RuntimeDefault" },
      },
      resources: { requests: { cpu: "25m", memory: "128Mi" }, limits: { memory: "512Mi" } },
    },
    // A changed configuration restarts the pods; a sidecar that watches for it is not needed.
    configReloader: { enabled: false },
    controller: {
      type: "daemonset",
      podAnnotations: { "checksum/config": createHash("sha256").update(configuration).digest("hex") },
      nodeSelector: { "node-role.kubernetes.io/control-plane": "" },
      tolerations: [
        { key: "node-role.kubernetes.io/control-plane", operator: "Exists", effect: "NoSchedule" },
      ],
      volumes: {
        extra: [
          // The folder, because the log is renamed when it is full. It may come later than Alloy.
          { name: "audit-logs", hostPath: { path: logs, type: "DirectoryOrCreate" } },
          { name: "positions", hostPath: { path: alloyPositions, type: "DirectoryOrCreate" } },
        ],
      },
    },
    // The namespace's own policies are NetworkPolicies of this program, one of them under the name the chart would use.
    networkPolicy: { enabled: false },
    serviceMonitor: monitoring
      ? { enabled: true, additionalLabels: { release: monitoring.release } }
      : { enabled: false },
  };
}
