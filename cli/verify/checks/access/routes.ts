import { list, namespacedName, type KubeObject } from "../../cluster/objects.js";
import type { Api } from "../../../../stacks/kubernetes/api.js";

/** What a route sends requests to. */
interface Backend {
  /** Default: Service. */
  kind?: string;
  name: string;
  /** Default: the route's own. */
  namespace?: string;
}
type GatewayRoute = KubeObject & { spec: { rules?: { backendRefs?: Backend[] }[] } };
type Ingress = KubeObject & {
  spec: {
    defaultBackend?: { service?: { name: string } };
    rules?: { http?: { paths: { backend: { service?: { name: string } } }[] } }[];
  };
};
type TraefikRoute = KubeObject & { spec: { routes?: { services?: Backend[] }[] } };
type TraefikService = KubeObject & {
  spec: {
    weighted?: { services?: Backend[] };
    mirroring?: Backend & { mirrors?: Backend[] };
  };
};

/** A kind of route, where it is served, and how it names what it leads to. */
interface RouteKind {
  /** As a person calls it. */
  kind: string;
  /** Collections; a cluster serves some of them. */
  paths: string[];
  backends(route: KubeObject): (Backend | undefined)[];
}

const gateway = (kind: string, resource: string, ...versions: string[]): RouteKind => ({
  kind,
  paths: versions.map((version) => `/apis/gateway.networking.k8s.io/${version}/${resource}`),
  backends: (route) =>
    ((route as GatewayRoute).spec.rules ?? []).flatMap(({ backendRefs }) => backendRefs ?? []),
});
const traefikGroups = ["/apis/traefik.io/v1alpha1", "/apis/traefik.containo.us/v1alpha1"];
const traefik = (kind: string, resource: string): RouteKind => ({
  kind,
  paths: traefikGroups.map((group) => `${group}/${resource}`),
  backends: (route) => ((route as TraefikRoute).spec.routes ?? []).flatMap(({ services }) => services ?? []),
});

const routeKinds: RouteKind[] = [
  {
    kind: "Ingress",
    paths: ["/apis/networking.k8s.io/v1/ingresses"],
    backends: (route) => {
      const { defaultBackend, rules = [] } = (route as Ingress).spec;
      return [
        defaultBackend?.service,
        ...rules.flatMap(({ http }) => (http?.paths ?? []).map(({ backend }) => backend.service)),
      ];
    },
  },
  gateway("HTTPRoute", "httproutes", "v1", "v1beta1"),
  gateway("GRPCRoute", "grpcroutes", "v1", "v1alpha2"),
  gateway("TLSRoute", "tlsroutes", "v1", "v1alpha3", "v1alpha2"),
  gateway("TCPRoute", "tcproutes", "v1", "v1alpha2"),
  traefik("IngressRoute", "ingressroutes"),
  traefik("IngressRouteTCP", "ingressroutetcps"),
];

/** What the routes of a cluster were found to be. */
export interface Routes {
  /** Routes that lead to one of the Services. */
  leading: string[];
  /** Kinds that the cluster serves, so that they were looked at. */
  kinds: string[];
}

/** @param services Services, as namespace/name. */
export async function routesTo(api: Api, services: ReadonlySet<string>): Promise<Routes> {
  const leads = await through(api, services);
  const found: Routes = { leading: [], kinds: [] };
  for (const { kind, paths, backends } of routeKinds) {
    const served = await objectsOf(api, paths);
    if (!served) continue;
    found.kinds.push(kind);
    const leading = served.filter((route) => backends(route).some((backend) => leads(route, backend)));
    // Every version has the same objects.
    found.leading.push(...new Set(leading.map((route) => `the ${kind} ${namespacedName(route)}`)));
  }
  return found;
}

/** What there is in the collections that are served; undefined where none is. */
async function objectsOf<T extends KubeObject>(api: Api, paths: string[]): Promise<T[] | undefined> {
  let found: T[] | undefined;
  for (const path of paths) {
    const objects = await list<T>(api, path);
    if (objects) found = [...(found ?? []), ...objects];
  }
  return found;
}

/** Whether a route leads to one of the Services, by itself or through a TraefikService. */
async function through(
  api: Api,
  services: ReadonlySet<string>,
): Promise<(route: KubeObject, backend: Backend | undefined) => boolean> {
  const between = new Set<string>();
  const leads = (from: KubeObject, backend: Backend | undefined): boolean => {
    if (!backend) return false;
    const name = `${backend.namespace ?? from.metadata.namespace}/${backend.name}`;
    return (backend.kind === "TraefikService" ? between : services).has(name);
  };
  const all = await objectsOf<TraefikService>(
    api,
    traefikGroups.map((group) => `${group}/traefikservices`),
  );
  // One may lead to another.
  for (let before = -1; before < between.size;) {
    before = between.size;
    for (const service of all ?? []) {
      const { weighted, mirroring } = service.spec;
      const backends = [...(weighted?.services ?? []), mirroring, ...(mirroring?.mirrors ?? [])];
      if (backends.some((backend) => leads(service, backend))) between.add(namespacedName(service));
    }
  }
  return leads;
}
