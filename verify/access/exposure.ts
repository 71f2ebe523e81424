import { lookup } from "node:dns/promises";
import ipaddr from "ipaddr.js";
import { judged, type Finding } from "../claim.js";
import { list, nameOf, type KubeObject } from "../objects.js";
import type { Target } from "../target.js";

type EndpointSlice = KubeObject & {
  endpoints?: { addresses: string[] }[] | null;
  ports?: { port?: number }[] | null;
};
type Service = KubeObject & {
  spec: { type?: string; externalIPs?: string[]; selector?: Record<string, string> };
};
interface BackendRef {
  name: string;
  namespace?: string;
}
type Route = KubeObject & { spec: { rules?: { backendRefs?: BackendRef[] }[] } };
type Ingress = KubeObject & {
  spec: {
    defaultBackend?: { service?: { name: string } };
    rules?: { http?: { paths: { backend: { service?: { name: string } } }[] } }[];
  };
};

/** Label of a slice that names its Service. */
const serviceLabel = "kubernetes.io/service-name";
const routeKinds = [
  "v1/httproutes",
  "v1/grpcroutes",
  "v1alpha2/tlsroutes",
  "v1alpha3/tlsroutes",
  "v1/tlsroutes",
  "v1alpha2/tcproutes",
];

/** An address that nobody on the internet can send to. */
export function isPrivateAddress(address: string): boolean {
  const range = ipaddr.process(address).range();
  return ["private", "loopback", "linkLocal", "uniqueLocal", "carrierGradeNat", "reserved"].includes(range);
}

/** Whether the addresses of the API server are private, and nothing in the cluster leads others to it. */
export async function noPublicApiServer(target: Target): Promise<Finding> {
  const { api } = target;
  const slices = (await list<EndpointSlice>(api, "/apis/discovery.k8s.io/v1/endpointslices")) ?? [];
  const own = slices.filter(
    ({ metadata }) => metadata.namespace === "default" && metadata.labels?.[serviceLabel] === "kubernetes",
  );
  const addresses = addressesOf(own);
  const asked = await resolved(api.server.hostname.replace(/^\[|\]$/g, ""));
  const services = serviceNames(slices, addresses, portsOf(own));
  return judged(
    [
      ...(addresses.length === 0 ? ["the Service default/kubernetes has no endpoint"] : []),
      ...[...new Set([...addresses, ...asked])]
        .filter((address) => !isPrivateAddress(address))
        .map((address) => `the API server has the public address ${address}`),
      ...(await openServices(target, services)),
      ...(await routesTo(target, services)),
    ],
    `the API server is at ${[...new Set([...addresses, ...asked])].join(", ")}, all private; ` +
      `no LoadBalancer, NodePort, external IP, Ingress or Route leads to ${[...services].join(", ")}`,
  );
}

const addressesOf = (slices: EndpointSlice[]): string[] =>
  slices.flatMap(({ endpoints }) => (endpoints ?? []).flatMap(({ addresses }) => addresses));

const portsOf = (slices: EndpointSlice[]): number[] =>
  slices.flatMap(({ ports }) => (ports ?? []).flatMap(({ port }) => port ?? []));

async function resolved(host: string): Promise<string[]> {
  return ipaddr.isValid(host) ? [host] : (await lookup(host, { all: true })).map(({ address }) => address);
}

/** Services, as namespace/name, with an endpoint that is the API server. */
function serviceNames(slices: EndpointSlice[], addresses: string[], ports: number[]): Set<string> {
  return new Set([
    "default/kubernetes",
    ...slices
      .filter((slice) => addressesOf([slice]).some((address) => addresses.includes(address)))
      .filter((slice) => portsOf([slice]).some((port) => ports.includes(port)))
      .map(({ metadata }) => `${metadata.namespace}/${metadata.labels?.[serviceLabel] ?? metadata.name}`),
  ]);
}

async function openServices({ api }: Target, services: Set<string>): Promise<string[]> {
  const found = (await list<Service>(api, "/api/v1/services")) ?? [];
  return found
    .filter(
      (service) => services.has(nameOf(service)) || service.spec.selector?.["component"] === "kube-apiserver",
    )
    .filter(({ spec }) => (spec.type ?? "ClusterIP") !== "ClusterIP" || (spec.externalIPs ?? []).length > 0)
    .map((service) => `Service ${nameOf(service)} of type ${service.spec.type} leads to the API server`);
}

async function routesTo({ api }: Target, services: Set<string>): Promise<string[]> {
  const problems: string[] = [];
  const leadsThere = (from: KubeObject, { name, namespace }: BackendRef): boolean =>
    services.has(`${namespace ?? from.metadata.namespace}/${name}`);
  for (const kind of routeKinds) {
    for (const route of (await list<Route>(api, `/apis/gateway.networking.k8s.io/${kind}`)) ?? []) {
      const backends = (route.spec.rules ?? []).flatMap(({ backendRefs }) => backendRefs ?? []);
      if (backends.some((backend) => leadsThere(route, backend))) {
        problems.push(`the Route ${nameOf(route)} (${kind}) leads to the API server`);
      }
    }
  }
  for (const ingress of (await list<Ingress>(api, "/apis/networking.k8s.io/v1/ingresses")) ?? []) {
    const { defaultBackend, rules = [] } = ingress.spec;
    const backends = [
      defaultBackend?.service,
      ...rules.flatMap(({ http }) => (http?.paths ?? []).map(({ backend }) => backend.service)),
    ];
    if (backends.some((service) => service && leadsThere(ingress, service))) {
      problems.push(`the Ingress ${nameOf(ingress)} leads to the API server`);
    }
  }
  return problems;
}
