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

const labels = (name: string) => ({
  "app.kubernetes.io/instance": "velero",
  "app.kubernetes.io/name": "velero",
  name,
});

/** Services of the chart; the node agents have none. */
export const veleroServices: KnownService[] = [
  {
    name: "velero",
    pods: "server",
    labels: labels("velero"),
    ports: [{ name: "http-monitoring", port: 8085, podPort: 8085 }],
  },
];

/** Of the server and the node agents; the pods they make, one for each volume and for maintenance, have it as well. */
const serviceAccount = "velero-server";

/** Everything Velero needs: the API server, the bucket's S3 API, and what collects its metrics. */
export function veleroFlows({ namespace, region, prometheus }: VeleroFlowsArgs): Flow[] {
  return [
    toApiServer(namespace, serviceAccount),
    toApiServer(namespace, "velero-server-upgrade-crds"),
    {
      from: podsAs(namespace, serviceAccount),
      // The first label is the tenancy's own name, which is known only to Oracle before the first `up`.
      to: { kind: "hosts", names: [`*.compat.objectstorage.${region}.oraclecloud.com`] },
      ports: tcp(443),
    },
    ...[
      pods(namespace, "server", labels("velero")),
      pods(namespace, "node-agent", labels("node-agent")),
    ].flatMap((to): Flow[] => (prometheus ? [{ from: prometheus, to, ports: tcp(8085) }] : [])),
  ];
}
