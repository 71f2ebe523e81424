import { pods, tcp, type Flow, type Pods } from "../network/isolation/flow.js";
import type { KnownService } from "../network/isolation/services.js";
import { alloyName } from "./auditShipping.js";

export interface AuditShippingFlowsArgs {
  /** Namespace of the release. */
  namespace: string;
  /** Where Loki is; see lokiTarget. */
  loki: Pick<Flow, "to" | "ports">;
  /** Prometheus' pods. Default: nobody collects metrics. */
  prometheus?: Pods;
}

/** Services of the chart. */
export const auditShippingServices: KnownService[] = [
  {
    name: alloyName,
    pods: alloyName,
    labels: { "app.kubernetes.io/instance": alloyName, "app.kubernetes.io/name": "alloy" },
    ports: [{ name: "http-metrics", port: 12345, podPort: 12345 }],
  },
];

/** Everything that Alloy needs: Loki, and what collects its metrics. It asks the API server for nothing. */
export function auditShippingFlows(args: AuditShippingFlowsArgs): Flow[] {
  const { namespace, loki, prometheus } = args;
  const [{ pods: name, labels, ports }] = auditShippingServices as [KnownService];
  const alloy = pods(namespace, name, labels);
  return [
    { from: alloy, ...loki },
    ...(prometheus ? [{ from: prometheus, to: alloy, ports: tcp(ports[0]!.podPort) }] : []),
  ];
}
