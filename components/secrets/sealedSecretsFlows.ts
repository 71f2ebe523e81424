import { apiServer, pods, tcp, toApiServer, type Flow, type Pods } from "../network/isolation/flow.js";
import type { LabelledPods } from "../network/isolation/podIsolation.js";
import type { KnownService } from "../network/isolation/services.js";
import { controllerName } from "./sealedSecrets.js";

export interface SealedSecretsFlowsArgs {
  /** Namespace of the controller. */
  namespace: string;
  /** Prometheus' pods. Default: nobody collects metrics. */
  prometheus?: Pods;
}

const labels = { "app.kubernetes.io/instance": "sealed-secrets", "app.kubernetes.io/name": "sealed-secrets" };

/** Services of the chart. */
export const sealedSecretsServices: KnownService[] = [
  {
    name: controllerName,
    pods: "sealed-secrets",
    labels,
    ports: [{ name: "http", port: 8080, podPort: 8080 }],
  },
  {
    name: `${controllerName}-metrics`,
    pods: "sealed-secrets",
    labels,
    ports: [{ name: "metrics", port: 8081, podPort: 8081 }],
  },
];

/** The controller's pods. */
export function sealedSecretsPods(namespace: string): LabelledPods {
  return { kind: "pods", namespace, name: "sealed-secrets", labels, serviceAccount: controllerName };
}

/** Everything the controller needs. kubeseal asks it through the API server's proxy. */
export function sealedSecretsFlows({ namespace, prometheus }: SealedSecretsFlowsArgs): Flow[] {
  const controller = pods(namespace, "sealed-secrets", labels);
  return [
    toApiServer(namespace, controllerName),
    { from: apiServer, to: controller, ports: tcp(8080) },
    ...(prometheus ? [{ from: prometheus, to: controller, ports: tcp(8081) }] : []),
  ];
}
