import { nodes, pods, tcp, type Flow, type Pods } from "../network/isolation/flow.js";
import type { KnownPort, KnownService } from "../network/isolation/services.js";
import { harborService, type TlsAt } from "./harborValues.js";

export interface HarborFlowsArgs {
  /** Namespace of Harbor. */
  namespace: string;
  /** Namespace of the Gateway in front of it. */
  gatewayNamespace: string;
  /** Where TLS ends. */
  tlsAt: TlsAt;
  /** Prometheus' pods. Default: nobody collects metrics. */
  prometheus?: Pods;
}

/** Harbor's pods, one workload each. */
type HarborComponent =
  "core" | "database" | "exporter" | "jobservice" | "nginx" | "portal" | "redis" | "registry" | "trivy";

const labels = (component: HarborComponent) => ({ app: "harbor", component, release: "harbor" });
const metrics: KnownPort = { name: "http-metrics", port: 8001, podPort: 8001 };

function service(part: HarborComponent, ports: KnownPort[], name = `harbor-${part}`): KnownService {
  return { name, pods: part, labels: labels(part), ports };
}

/** Services of the chart. The first is the one in front; the pods of nginx listen on ports of their own. */
export const harborServices: KnownService[] = [
  service(
    "nginx",
    [
      { ...harborService.http, podPort: 8080 },
      { ...harborService.https, podPort: 8443 },
    ],
    harborService.name,
  ),
  service("core", [{ name: "http-web", port: 80, podPort: 8080 }, metrics]),
  service("database", [{ port: 5432, podPort: 5432 }]),
  service("exporter", [metrics]),
  service("jobservice", [{ name: "http-jobservice", port: 80, podPort: 8080 }, metrics]),
  service("portal", [{ port: 80, podPort: 8080 }]),
  service("redis", [{ port: 6379, podPort: 6379 }]),
  service("registry", [
    { name: "http-registry", port: 5000, podPort: 5000 },
    { name: "http-controller", port: 8080, podPort: 8080 },
    metrics,
  ]),
  service("trivy", [{ name: "http-trivy", port: 8080, podPort: 8080 }]),
];

/** Who talks to whom inside, by pod port; the configuration of each part names the others. */
const inside: [from: HarborComponent, to: HarborComponent, ...ports: number[]][] = [
  ["nginx", "core", 8080],
  ["nginx", "portal", 8080],
  ["core", "database", 5432],
  ["core", "redis", 6379],
  // Its health check asks all of them.
  ["core", "jobservice", 8080],
  ["core", "portal", 8080],
  ["core", "registry", 5000, 8080],
  ["core", "trivy", 8080],
  ["jobservice", "core", 8080],
  ["jobservice", "database", 5432],
  ["jobservice", "redis", 6379],
  ["jobservice", "registry", 5000, 8080],
  ["jobservice", "trivy", 8080],
  ["registry", "redis", 6379],
  // It pulls what it scans, as any client does.
  ["trivy", "core", 8080],
  ["trivy", "redis", 6379],
  ["exporter", "core", 8080],
  ["exporter", "database", 5432],
  ["exporter", "redis", 6379],
];

/** Parts that serve metrics. */
const measured: HarborComponent[] = ["core", "exporter", "jobservice", "registry"];

/**
 * Everything Harbor needs by itself. Which registries it mirrors is for the settings to say, and of two parts each:
 * `harbor/harbor-core` and `harbor/harbor-jobservice -> internet: <host>`. The jobservice only copies; core lists what
 * there is to copy (src/controller/replication/flow of https://github.com/goharbor/harbor), asks every registry now and
 * then whether it is healthy (src/core/main.go), and fetches what a proxy cache lacks (src/server/middleware/repoproxy).
 */
export function harborFlows({ namespace, gatewayNamespace, tlsAt, prometheus }: HarborFlowsArgs): Flow[] {
  const part = (name: HarborComponent) => pods(namespace, name, labels(name));
  return [
    ...inside.map(([from, to, ...ports]): Flow => ({ from: part(from), to: part(to), ports: tcp(...ports) })),
    {
      from: { kind: "pods", namespace: gatewayNamespace },
      to: part("nginx"),
      ports: tcp(tlsAt === "nginx" ? 8443 : 8080),
    },
    // Container runtimes only ever read images, and ask for a token to read them with.
    {
      from: nodes,
      to: part("nginx"),
      ports: tcp(8080),
      http: [
        { method: "GET", path: "/v2/.*" },
        { method: "HEAD", path: "/v2/.*" },
        { method: "GET", path: "/service/token.*" },
      ],
    },
    // Trivy's databases and checks, from where the chart looks for them
    // (https://trivy.dev/latest/docs/configuration/db/).
    {
      from: part("trivy"),
      to: { kind: "hosts", names: ["ghcr.io", "mirror.gcr.io", "pkg-containers.githubusercontent.com"] },
      ports: tcp(443),
    },
    ...measured.flatMap((name): Flow[] =>
      prometheus ? [{ from: prometheus, to: part(name), ports: tcp(8001) }] : [],
    ),
  ];
}
