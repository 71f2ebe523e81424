import { nodes, pods, tcp, toApiServer, type Flow, type Pods } from "./flow.js";
import type { KnownService, KnownServices } from "./services.js";

export interface NeighboursArgs {
  /** kube-prometheus-stack, and Loki and Alloy. Default: none. */
  monitoring?: { namespace: string; release: string };
  /** Namespace of PostgreSQL by CloudNativePG. Default: postgres. */
  postgresNamespace?: string;
  /** Namespace of CloudNativePG's operator. Default: cnpg-system. */
  operatorNamespace?: string;
  /** Ports on which processes of the nodes serve metrics. */
  nodeMetrics: readonly number[];
}

const byName = (name: string) => ({ "app.kubernetes.io/name": name });

/** Instances of every cluster of the namespace (https://cloudnative-pg.io/documentation/current/labels_annotations/). */
const instanceLabels = { "cnpg.io/podRole": "instance" };

/** Port on which the operator asks an instance how it is, and the one for metrics. */
const [instanceStatus, instanceMetrics] = [8000, 9187];

/** Prometheus' own pods, as its operator labels them. */
export function prometheusPods(namespace: string): Pods {
  return pods(namespace, "prometheus", byName("prometheus"));
}

/** Services that this program does not install and that flows name all the same, as their charts make them. */
export function neighbourServices(args: NeighboursArgs): KnownServices {
  const { monitoring, postgresNamespace = "postgres" } = args;
  const service = (
    name: string,
    app: string,
    port: number,
    podPort = port,
    portName?: string,
  ): KnownService => ({
    name,
    pods: app,
    labels: byName(app),
    ports: [{ port, podPort, ...(portName ? { name: portName } : {}) }],
  });
  return {
    [postgresNamespace]: [
      // CloudNativePG names it after the cluster: <cluster>-rw.
      {
        name: postgresNamespace,
        pods: "instances",
        labels: instanceLabels,
        ports: [{ name: "postgres", port: 5432, podPort: 5432 }],
      },
    ],
    ...(monitoring && {
      [monitoring.namespace]: [
        service(`${monitoring.release}-alertmanager`, "alertmanager", 9093, 9093, "http-web"),
        service(`${monitoring.release}-grafana`, "grafana", 80, 3000, "http-web"),
        service(`${monitoring.release}-prometheus`, "prometheus", 9090, 9090, "http-web"),
        service("loki", "loki", 3100, 3100, "http-metrics"),
        // https://github.com/grafana/loki/blob/main/production/helm/loki/templates/gateway
        {
          name: "loki-gateway",
          pods: "loki-gateway",
          labels: { ...byName("loki"), "app.kubernetes.io/component": "gateway" },
          ports: [{ name: "http-metrics", port: 80, podPort: 8080 }],
        },
        service("prometheus-blackbox-exporter", "prometheus-blackbox-exporter", 9115, 9115, "http"),
        service("prometheus-pushgateway", "prometheus-pushgateway", 9091, 9091, "http"),
      ],
    }),
  };
}

/** What they need of each other, where one of them is isolated: metrics, logs, and an operator for its instances. */
export function neighbourFlows(args: NeighboursArgs): Flow[] {
  const { monitoring, postgresNamespace = "postgres", operatorNamespace = "cnpg-system" } = args;
  const instances = pods(postgresNamespace, "instances", instanceLabels);
  const operator: Pods = { kind: "pods", namespace: operatorNamespace };
  const flows: Flow[] = [
    { from: operator, to: instances, ports: tcp(5432, instanceStatus) },
    { from: instances, to: instances, ports: tcp(5432, instanceStatus) },
  ];
  if (!monitoring) return flows;
  const { namespace } = monitoring;
  const prometheus = prometheusPods(namespace);
  return [
    ...flows,
    { from: prometheus, to: instances, ports: tcp(instanceMetrics) },
    { from: prometheus, to: nodes, ports: tcp(...args.nodeMetrics) },
    {
      from: pods(namespace, "alloy", byName("alloy")),
      to: pods(namespace, "loki", byName("loki")),
      ports: tcp(3100),
    },
    toApiServer(namespace, "alloy"),
  ];
}
