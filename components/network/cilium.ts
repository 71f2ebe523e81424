import * as pulumi from "@pulumi/pulumi";
import { Addon, type ReleaseOptions } from "../common/addon.js";
import { podSecurityLabels } from "../common/namespaces.js";
import type { Enforcement } from "./isolation/policies.js";

export interface CiliumArgs extends ReleaseOptions {
  /** Namespace of Cilium, kube-system unless there is a reason. */
  namespace: pulumi.Input<string>;
  /** Nodes of the cluster. */
  nodeCount: number;
  /** Addresses of pods, the same as kubeadm's networking.podSubnet. */
  podSubnet: string;
  /** DNS domain of Services. Default: cluster.local. */
  dnsDomain?: string;
  /** Encryption of pod traffic between nodes; on one node there is none to encrypt. */
  encryption: "none" | "wireguard";
  /** Flow visibility by Hubble and its relay. */
  hubble: boolean;
  /**
   * Whether network policies bind. `audit` is a switch of every agent: it enforces none in the whole cluster, this
   * program's and others'. Default: enforce.
   */
  enforcement?: Enforcement;
  /**
   * Helm release of kube-prometheus-stack, whose Prometheus selects by this label. Its CRDs have to be there before
   * Cilium, though its pods cannot be. Default: no metrics are served.
   */
  monitoring?: { release: string };
}

/**
 * Cilium as the CNI plugin: pod networking, NetworkPolicy and CiliumNetworkPolicy. Services stay with kube-proxy.
 *
 * Everything that has pods depends on it: without a CNI plugin none of them starts. On a cluster that is running, three
 * things must not be changed by an upgrade, because pods lose their addresses or their way to each other: `ipam.mode`
 * (https://docs.cilium.io/en/stable/network/concepts/ipam/), `podSubnet` and the routing mode.
 */
export class Cilium extends pulumi.ComponentResource {
  /** Name of the release. */
  readonly releaseName: pulumi.Output<string>;

  constructor(name: string, args: CiliumArgs, opts?: pulumi.ComponentResourceOptions) {
    super("cluster-security:network:Cilium", name, {}, opts);
    const cilium = new Addon(
      `${name}-cni`,
      {
        chart: "cilium",
        chartVersion: args.chartVersion,
        timeoutSeconds: args.timeoutSeconds,
        namespace: args.namespace,
        values: ciliumValues(args),
      },
      { parent: this },
    );
    this.releaseName = cilium.releaseName;
    this.registerOutputs({ releaseName: this.releaseName });
  }
}

/** Values of the chart. */
export function ciliumValues(args: Omit<CiliumArgs, "namespace" | keyof ReleaseOptions>) {
  const metrics = metricsValues(args.monitoring);
  return {
    // kube-proxy goes on serving Services, and Cilium reaches the API server through it like any pod does.
    kubeProxyReplacement: "false",
    // Each node's range comes from Kubernetes, which cuts it out of podSubnet. The chart's default mode would hand out
    // 10.0.0.0/8 instead, over the Services and perhaps the home network.
    ipam: { mode: "kubernetes" },
    // The agent waits for the node's range instead of starting without one.
    k8s: { requireIPv4PodCIDR: true },
    // A pod keeps its address all the way to another pod, so that policies and flow logs see who it is.
    ipv4NativeRoutingCIDR: args.podSubnet,
    // The present default, written down: a chart that changed it would cut off every pod.
    routingMode: "tunnel",
    tunnelProtocol: "vxlan",
    l7Proxy: true,
    // A pod that no policy selects is not restricted; "always" would lock out the cluster before it has policies.
    policyEnforcementMode: "default",
    // Not among the chart's default values: absent means that policies bind.
    ...(args.enforcement === "audit" ? { policyAuditMode: true } : {}),
    encryption: encryptionValues(args.encryption),
    operator: {
      // Replicas never share a node, so on one node a second would stay pending and the release would fail.
      replicas: args.nodeCount === 1 ? 1 : 2,
      rollOutPods: true,
      prometheus: metrics,
    },
    hubble: hubbleValues(args),
    prometheus: trusting(metrics),
    envoy: { rollOutPods: true, prometheus: metrics },
    // Pods read their configuration when they start; without this a change of values would wait for the next restart.
    rollOutCiliumPods: true,
    // The chart makes a namespace, for the TLS Secrets of policies; no pod ever runs in it.
    secretsNamespaceLabels: { ...podSecurityLabels("restricted"), "app.kubernetes.io/managed-by": "Helm" },
  };
}

function encryptionValues(encryption: CiliumArgs["encryption"]) {
  // WireGuard makes its keys on the nodes, so there is no Secret to keep. It needs UDP 51871 between the nodes.
  return encryption === "wireguard" ? { enabled: true, type: "wireguard" } : { enabled: false };
}

function hubbleValues({
  hubble,
  dnsDomain,
  monitoring,
}: Pick<CiliumArgs, "hubble" | "dnsDomain" | "monitoring">) {
  if (!hubble) return { enabled: false };
  const metrics = metricsValues(monitoring);
  return {
    enabled: true,
    relay: { enabled: true, rollOutPods: true, prometheus: metrics },
    // The relay finds the agents by name, and the chart does not ask the cluster for its domain.
    peerService: { clusterDomain: dnsDomain ?? "cluster.local" },
    tls: {
      // The default method draws new certificates each time Helm renders. The job makes them in the cluster; since 1.19
      // it is no hook any more, which a release that waits for the relay would never have come to
      // (https://github.com/cilium/cilium/pull/42298).
      auto: { enabled: true, method: "cronJob" },
    },
    // Flows of L7 policies hold requests; what authorises them stays out.
    redact: {
      enabled: true,
      http: {
        urlQuery: true,
        userInfo: true,
        headers: { deny: ["authorization", "cookie", "proxy-authorization", "set-cookie"] },
      },
    },
    ...(monitoring
      ? {
          metrics: {
            enabled: ["dns", "drop", "tcp", "flow", "icmp", "httpV2"],
            serviceMonitor: metrics.serviceMonitor,
          },
        }
      : {}),
  };
}

function metricsValues(monitoring: CiliumArgs["monitoring"]) {
  return monitoring
    ? { enabled: true, serviceMonitor: { enabled: true, labels: { release: monitoring.release } } }
    : { enabled: false, serviceMonitor: { enabled: false } };
}

/** The chart looks for the CRD of ServiceMonitor while it renders, and refuses to where it cannot ask a cluster. */
function trusting(metrics: ReturnType<typeof metricsValues>) {
  return { ...metrics, serviceMonitor: { ...metrics.serviceMonitor, trustCRDsExist: true } };
}
