import { nodes, pods, tcp, type Flow, type Pods } from "../network/isolation/flow.js";
import { gmailServer, telegramServer } from "./alertReceivers.js";

export interface AlertFlowsArgs {
  /** Namespace of kube-prometheus-stack, and the Pushgateway. */
  namespace: string;
  /** Prometheus' pods. */
  prometheus: Pods;
  /** Whether alerts go to Telegram. */
  telegram: boolean;
  /** Whether alerts go out by Gmail. */
  gmail: boolean;
  /** Whether jobs of the nodes push their results to the Pushgateway. */
  nodeJobs: boolean;
}

const byName = (namespace: string, name: string) => pods(namespace, name, { "app.kubernetes.io/name": name });

/** What alerts take on their way, where the namespace is isolated: from the jobs that push to those who are told. */
export function alertFlows({ namespace, prometheus, telegram, gmail, nodeJobs }: AlertFlowsArgs): Flow[] {
  const alertmanager = byName(namespace, "alertmanager");
  const pushgateway = byName(namespace, "prometheus-pushgateway");
  const to = ({ host, port }: { host: string; port: number }): Flow => ({
    from: alertmanager,
    to: { kind: "hosts", names: [host] },
    ports: tcp(port),
  });
  return [
    { from: prometheus, to: alertmanager, ports: tcp(9093) },
    ...(telegram ? [to(telegramServer)] : []),
    ...(gmail ? [to(gmailServer)] : []),
    ...(nodeJobs
      ? [
          { from: nodes, to: pushgateway, ports: tcp(9091) },
          { from: prometheus, to: pushgateway, ports: tcp(9091) },
        ]
      : []),
  ];
}
