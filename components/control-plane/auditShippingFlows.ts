import { pods, tcp, type Flow, type Place, type Pods } from "../network/isolation/flow.js";
import type { KnownService } from "../network/isolation/services.js";
import { alloyName } from "./auditShipping.js";

export interface AuditShippingFlowsArgs {
  /** Namespace of the release. */
  namespace: string;
  /** Address of Loki. */
  lokiUrl: string;
  /** DNS domain of Services, which tells a Loki of the cluster from one outside. */
  dnsDomain: string;
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
  const { namespace, lokiUrl, dnsDomain, prometheus } = args;
  const [{ pods: name, labels, ports }] = auditShippingServices as [KnownService];
  const alloy = pods(namespace, name, labels);
  const url = new URL(lokiUrl);
  const port = Number(url.port || (url.protocol === "https:" ? 443 : 80));
  return [
    { from: alloy, to: lokiOf(url.hostname, dnsDomain), ports: tcp(port) },
    ...(prometheus ? [{ from: prometheus, to: alloy, ports: tcp(ports[0]!.podPort) }] : []),
  ];
}

/** Where Loki is: pods of a namespace of this cluster, which listen on the port of their Service, or a host elsewhere. */
function lokiOf(hostname: string, dnsDomain: string): Place {
  const [, namespace, ...rest] = hostname.split(".");
  const service = rest.join(".");
  return namespace && (service === "svc" || service === `svc.${dnsDomain}`)
    ? { kind: "pods", namespace }
    : { kind: "hosts", names: [hostname] };
}
