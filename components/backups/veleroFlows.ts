import { podsAs, pods, tcp, toApiServer, type Flow, type Pods } from "../network/isolation/flow.js";
import type { KnownService } from "../network/isolation/services.js";

export interface VeleroFlowsArgs {
  /** Namespace of Velero. */
  namespace: string;
  /** Region of the bucket. */
  region: string;
  /** Prometheus' pods. Default: nobody collects metrics. */
  prometheus?: Pods;
}

/** Services of the chart. */
export const veleroServices: KnownService[] = [
  {
    name: "velero",
    // Server and node agents: the chart gives them the same labels.
    pods: "velero",
    labels: { "app.kubernetes.io/instance": "velero", "app.kubernetes.io/name": "velero" },
    ports: [{ name: "http-monitoring", port: 8085, podPort: 8085 }],
  },
];

/** Of the server and the node agents; the pods they make, one for each volume and for maintenance, have it as well. */
const serviceAccount = "velero-server";

/** Everything Velero needs: the API server, the bucket's S3 API, and what collects its metrics. */
export function veleroFlows({ namespace, region, prometheus }: VeleroFlowsArgs): Flow[] {
  const [{ pods: name, labels }] = veleroServices as [KnownService];
  return [
    toApiServer(namespace, serviceAccount),
    toApiServer(namespace, "velero-server-upgrade-crds"),
    {
      from: podsAs(namespace, serviceAccount),
      // The first label is the tenancy's own name, which is known only to Oracle before the first `up`.
      to: { kind: "hosts", names: [`*.compat.objectstorage.${region}.oraclecloud.com`] },
      ports: tcp(443),
    },
    ...(prometheus ? [{ from: prometheus, to: pods(namespace, name, labels), ports: tcp(8085) }] : []),
  ];
}
