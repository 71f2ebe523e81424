import {
  nodes,
  pods,
  tcp,
  toApiServer,
  toDns,
  type DnsServers,
  type Flow,
  type Pods,
} from "./isolation/flow.js";
import type { LabelledPods } from "./isolation/podIsolation.js";
import type { KnownService } from "./isolation/services.js";

export interface CiliumFlowsArgs {
  /** Namespace of Cilium. */
  namespace: string;
  /** Prometheus' pods. Default: nobody collects metrics. */
  prometheus?: Pods;
  /** Servers that the relay asks. Default: kube-dns in kube-system. */
  dns?: DnsServers;
}

const relayLabels = { "k8s-app": "hubble-relay" };

/** Services of the chart whose pods have a network of their own; agent, operator and proxy share that of the node. */
export const ciliumServices: KnownService[] = [
  { name: "hubble-relay", pods: "hubble-relay", labels: relayLabels, ports: [{ port: 80, podPort: 4245 }] },
  {
    name: "hubble-relay-metrics",
    pods: "hubble-relay",
    labels: relayLabels,
    ports: [{ name: "metrics", port: 9966, podPort: 9966 }],
  },
];

/** Ports that Cilium's own processes serve metrics on, from the node's network: agent, operator, proxy, Hubble. */
export const ciliumNodeMetrics = [9962, 9963, 9964, 9965] as const;

/** Port on which each agent answers the relay. */
const hubblePeer = 4244;

/** Hubble's pods, where Hubble is on. */
export function hubblePods(namespace: string): LabelledPods[] {
  const generator = "hubble-generate-certs";
  return [
    { kind: "pods", namespace, name: "hubble-relay", labels: relayLabels },
    { kind: "pods", namespace, name: generator, labels: { "k8s-app": generator }, serviceAccount: generator },
  ];
}

/** Everything Hubble needs: the relay asks the agents, and a job keeps their certificates. */
export function hubbleFlows({ namespace, prometheus, dns }: CiliumFlowsArgs): Flow[] {
  const relay = pods(namespace, "hubble-relay", relayLabels);
  return [
    { from: relay, to: nodes, ports: tcp(hubblePeer) },
    toDns(relay, dns),
    toApiServer(namespace, "hubble-generate-certs"),
    ...(prometheus ? [{ from: prometheus, to: relay, ports: tcp(9966) }] : []),
  ];
}
