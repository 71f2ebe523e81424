import ipaddr from "ipaddr.js";
import { apiServer, pods, tcp, toApiServer, type Flow, type Pods } from "../network/isolation/flow.js";
import type { KnownService } from "../network/isolation/services.js";
import type { AcmeEnvironment } from "./issuers.js";
import { acmeHosts } from "./issuers.js";

export interface CertManagerFlowsArgs {
  /** Namespace of the release. */
  namespace: string;
  /** Environment of Let's Encrypt. */
  acmeEnvironment: AcmeEnvironment;
  /** Resolvers, address:port, that the DNS-01 self-check asks. */
  recursiveNameservers: readonly string[];
  /** Prometheus' pods. Default: nobody collects metrics. */
  prometheus?: Pods;
}

const instance = "app.kubernetes.io/instance";
const component = "app.kubernetes.io/component";
const labels = (part: string, name: string) => ({
  "app.kubernetes.io/name": name,
  [instance]: "cert-manager",
  [component]: part,
});
const metrics = { name: "http-metrics", port: 9402, podPort: 9402 };

/** Services of the chart. */
export const certManagerServices: KnownService[] = [
  {
    name: "cert-manager",
    pods: "controller",
    labels: labels("controller", "cert-manager"),
    ports: [metrics],
  },
  {
    name: "cert-manager-cainjector",
    pods: "cainjector",
    labels: labels("cainjector", "cainjector"),
    ports: [metrics],
  },
  {
    name: "cert-manager-webhook",
    pods: "webhook",
    labels: labels("webhook", "webhook"),
    ports: [
      { name: "https", port: 443, podPort: 10250 },
      { ...metrics, name: "metrics" },
    ],
  },
];

/** ServiceAccounts of the chart that ask the API server. */
const serviceAccounts = [
  "cert-manager",
  "cert-manager-cainjector",
  "cert-manager-startupapicheck",
  "cert-manager-webhook",
];

/** Everything cert-manager needs: ACME, Cloudflare's API, the DNS-01 self-check, and the webhook for the API server. */
export function certManagerFlows(args: CertManagerFlowsArgs): Flow[] {
  const { namespace, prometheus } = args;
  const [controller, , webhook] = certManagerServices.map((service) =>
    pods(namespace, service.pods, service.labels),
  ) as [Pods, Pods, Pods];
  return [
    ...serviceAccounts.map((name) => toApiServer(namespace, name)),
    { from: apiServer, to: webhook, ports: tcp(10250) },
    {
      from: controller,
      to: { kind: "hosts", names: ["api.cloudflare.com", ...acmeHosts(args.acmeEnvironment)] },
      ports: tcp(443),
    },
    ...args.recursiveNameservers.map((nameserver) => resolverFlow(controller, nameserver)),
    ...certManagerServices.flatMap((service): Flow[] =>
      prometheus
        ? [{ from: prometheus, to: pods(namespace, service.pods, service.labels), ports: tcp(9402) }]
        : [],
    ),
  ];
}

function resolverFlow(from: Pods, nameserver: string): Flow {
  const overHttps = /^https:\/\/\[?([^\]/]+)\]?\//.exec(nameserver);
  const [, address, port] = overHttps ?? /^\[?(.+?)\]?:(\d+)$/.exec(nameserver)!;
  const number = Number(port);
  return {
    from,
    to: { kind: "networks", cidrs: [`${address}/${ipaddr.parse(address!).kind() === "ipv4" ? 32 : 128}`] },
    ports: overHttps
      ? tcp(443)
      : [
          { number, protocol: "UDP" },
          { number, protocol: "TCP" },
        ],
  };
}
