import { lookup } from "node:dns/promises";
import ipaddr from "ipaddr.js";
import { systemNamespace } from "../../../../components/common/addOnNamespaces.js";
import { judged, type Finding } from "../../claim.js";
import { flagsOf } from "../../cluster/node.js";
import type { Node, Pod, Service } from "../../cluster/kinds.js";
import { list, namespacedName, type KubeObject } from "../../cluster/objects.js";
import type { Target } from "../../cluster/target.js";
import { routesTo } from "./routes.js";

type EndpointSlice = KubeObject & {
  endpoints?: { addresses: string[] }[] | null;
  ports?: { port?: number }[] | null;
};

/** Label of a slice that names its Service. */
const serviceLabel = "kubernetes.io/service-name";
const controlPlaneLabel = "node-role.kubernetes.io/control-plane";
/** How to find out what cannot be seen from inside the cluster. */
const notLookedAt =
  "not looked at: port forwards of a router or firewall, routes of other kinds, proxies that run in pods";

/** An address that nobody on the internet can send to. */
export function isPrivateAddress(address: string): boolean {
  const range = ipaddr.process(address).range();
  return ["private", "loopback", "linkLocal", "uniqueLocal", "carrierGradeNat", "reserved"].includes(range);
}

/** Whether the addresses of the API server are private, and nothing in the cluster leads others to it. */
export async function noPublicApiServer(target: Target): Promise<Finding> {
  const { api } = target;
  const slices = (await list<EndpointSlice>(api, "/apis/discovery.k8s.io/v1/endpointslices")) ?? [];
  const services = (await list<Service>(api, "/api/v1/services")) ?? [];
  const own = slices.filter(
    ({ metadata }) => metadata.namespace === "default" && metadata.labels?.[serviceLabel] === "kubernetes",
  );
  const addresses = addressesOf(own);
  const asked = await resolved(api.server.hostname.replace(/^\[|\]$/g, ""));
  const known = [...new Set([...addresses, ...asked])];
  const bound = await bindAddresses(target);
  const leading = servicesTo(target, slices, services, own);
  const routes = await routesTo(api, leading);
  return judged(
    [
      ...(addresses.length === 0 ? ["the Service default/kubernetes has no endpoint"] : []),
      ...known
        .filter((address) => !isPrivateAddress(address))
        .map((address) => `the API server has the public address ${address}`),
      ...(await publicNodes(target, bound, known)),
      ...openServices(services, leading),
      ...routes.leading.map((route) => `${route} leads to the API server`),
    ],
    `the API server is at ${known.join(", ")}, all private; it listens on ${bound.join(", ")}, and no node has a public ` +
      `address there; no LoadBalancer, NodePort or external IP leads to ${[...leading].sort().join(", ")}, nor does any ` +
      `${routes.kinds.join(", ") || "route"}; ${notLookedAt}`,
  );
}

const addressesOf = (slices: EndpointSlice[]): string[] =>
  slices.flatMap(({ endpoints }) => (endpoints ?? []).flatMap(({ addresses }) => addresses));

const portsOf = (slices: EndpointSlice[]): number[] =>
  slices.flatMap(({ ports }) => (ports ?? []).flatMap(({ port }) => port ?? []));

async function resolved(host: string): Promise<string[]> {
  return ipaddr.isValid(host) ? [host] : (await lookup(host, { all: true })).map(({ address }) => address);
}

/** What the API server was told to listen on: by its manifest or its pod; without a word of it all interfaces. */
async function bindAddresses({ api, node }: Target): Promise<string[]> {
  const pods = await list<Pod>(
    api,
    `/api/v1/namespaces/${systemNamespace}/pods?labelSelector=${encodeURIComponent("component=kube-apiserver")}`,
  );
  const flags = [
    node?.flags("kube-apiserver"),
    ...(pods ?? []).map(({ spec }) => flagsOf(spec.containers[0]?.command ?? [])),
  ].filter((each) => each !== undefined);
  const bound = flags.map((each) => each["bind-address"] || "0.0.0.0");
  return bound.length > 0 ? [...new Set(bound)] : ["0.0.0.0"];
}

/** Public addresses that the API server listens on, and that nothing above has named. */
async function publicNodes({ api }: Target, bound: string[], known: string[]): Promise<string[]> {
  const all = (await list<Node>(api, "/api/v1/nodes")) ?? [];
  const labelled = all.filter(({ metadata }) => metadata.labels?.[controlPlaneLabel] !== undefined);
  const everywhere = bound.find((address) => ipaddr.process(address).range() === "unspecified");
  const listening = bound.filter((address) => address !== everywhere && !isPrivateAddress(address));
  return [
    ...listening
      .filter((address) => !known.includes(address))
      .map((address) => `the API server listens on the public address ${address}`),
    ...(labelled.length > 0 ? labelled : all).flatMap(({ metadata, status }) =>
      everywhere === undefined
        ? []
        : (status?.addresses ?? [])
            .map(({ address }) => address)
            .filter((address) => ipaddr.isValid(address) && !isPrivateAddress(address))
            .filter((address) => !known.includes(address))
            .map(
              (address) =>
                `the API server listens on every address of its node (bind-address ${everywhere}), and node ` +
                `${metadata.name} has the public address ${address}; set bind-address to a private one, or close the ` +
                "port in a firewall and make sure of it from outside",
            ),
    ),
  ];
}

/** Services, as namespace/name, that lead to the API server: by an endpoint, by its cluster IP or by its name. */
function servicesTo(
  { api, settings }: Target,
  slices: EndpointSlice[],
  services: Service[],
  own: EndpointSlice[],
): Set<string> {
  const reached = new Set<string>(["default/kubernetes"]);
  const isServer = (address: string, ports: number[]): boolean =>
    (addressesOf(own).includes(address) && ports.some((port) => portsOf(own).includes(port))) ||
    services
      .filter((service) => reached.has(namespacedName(service)))
      .some(
        ({ spec }) =>
          spec.clusterIPs?.includes(address) && (spec.ports ?? []).some(({ port }) => ports.includes(port)),
      );
  const isName = (name: string): boolean => reached.has(serviceNamed(name, settings.cluster.dnsDomain) ?? "");
  const places = [api.server.hostname, ...addressesOf(own)];
  const leads = (slice: EndpointSlice): boolean =>
    addressesOf([slice]).some((address) => isName(address) || isServer(address, portsOf([slice])));

  // One may lead to another.
  for (let before = 0; before < reached.size;) {
    before = reached.size;
    for (const slice of slices.filter(leads)) {
      const { namespace, labels, name } = slice.metadata;
      reached.add(`${namespace}/${labels?.[serviceLabel] ?? name}`);
    }
    for (const service of services) {
      const { selector, externalName = "" } = service.spec;
      const name = externalName.replace(/\.$/, "");
      const isServerName = isName(name) || places.includes(name);
      if (selector?.["component"] === "kube-apiserver" || isServerName) reached.add(namespacedName(service));
    }
  }
  return reached;
}

/** The Service that a name of the cluster's DNS stands for, as namespace/name. */
function serviceNamed(name: string, dnsDomain: string): string | undefined {
  const [service, namespace, ...rest] = name.split(".");
  const suffix = rest.join(".");
  return ["", "svc", `svc.${dnsDomain}`].includes(suffix) ? `${namespace}/${service}` : undefined;
}

function openServices(services: Service[], leading: Set<string>): string[] {
  return services
    .filter((service) => leading.has(namespacedName(service)))
    .filter(
      ({ spec }) =>
        !["ClusterIP", "ExternalName"].includes(spec.type ?? "ClusterIP") ||
        (spec.externalIPs ?? []).length > 0,
    )
    .map(
      (service) => `Service ${namespacedName(service)} of type ${service.spec.type} leads to the API server`,
    );
}
