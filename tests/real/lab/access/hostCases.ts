import type { Manifest } from "./admissionCases.js";

const gateway = { namespace: "traefik", name: "traefik-gateway" };
const object = (apiVersion: string, kind: string, namespace: string, spec: object): Manifest => ({
  ...{ apiVersion, kind, spec },
  metadata: { name: "test", namespace },
});
const route = (namespace: string, hostnames: string[], parent: object = gateway) =>
  object("gateway.networking.k8s.io/v1", "HTTPRoute", namespace, {
    parentRefs: [parent],
    ...(hostnames.length > 0 ? { hostnames } : {}),
    rules: [{ backendRefs: [{ name: "web", port: 80 }] }],
  });
const certificate = (namespace: string, spec: object) =>
  object("cert-manager.io/v1", "Certificate", namespace, { secretName: "tls", ...spec });
const path = (path: string, matcher?: string): Manifest => {
  const { metadata, ...rest } = ingress("apps", "shop.example.com");
  const text = JSON.stringify(rest).replace('"path":"/"', `"path":${JSON.stringify(path)}`);
  const annotations = matcher && { "traefik.ingress.kubernetes.io/router.pathmatcher": matcher };
  return { ...(JSON.parse(text) as Manifest), metadata: { ...metadata, annotations } };
};
const ingress = (namespace: string, ...hosts: (string | undefined)[]) => {
  const backend = { service: { name: "web", port: { number: 80 } } };
  const http = { paths: [{ path: "/", pathType: "Prefix", backend }] };
  return object("networking.k8s.io/v1", "Ingress", namespace, {
    rules: hosts.map((host) => ({ ...(host === undefined ? {} : { host }), http })),
  });
};
const listening = (namespace: string, hostname?: string) =>
  object("gateway.networking.k8s.io/v1", "Gateway", namespace, {
    gatewayClassName: "traefik",
    listeners: [{ name: "web", port: 80, protocol: "HTTP", ...(hostname === undefined ? {} : { hostname }) }],
  });

const listeners = (namespace: string, hostname: string | undefined, experimental = false) =>
  object(
    experimental ? "gateway.networking.x-k8s.io/v1alpha1" : "gateway.networking.k8s.io/v1",
    experimental ? "XListenerSet" : "ListenerSet",
    namespace,
    { parentRef: gateway, listeners: [{ name: "web", port: 80, protocol: "HTTP", hostname }] },
  );

const ownRule =
  "writes a rule of its own, which may name any host: take the backtick out of its paths, and " +
  "traefik.ingress.kubernetes.io/router.pathmatcher if it is not Path, PathPrefix or PathRegexp";
const taken = (names: string, namespace: string) =>
  `belongs to another namespace: ${names}; name a host of ${namespace}, or give it the host (setting gateway.hosts)`;
const everyHost = (namespace: string, kind: string) =>
  `takes every host, those of other namespaces too: name the hosts of ${namespace} in its ${kind}`;

/** Who takes which host, and the reason it is refused with; none where it is let in. */
export const hostCases: [name: string, manifest: Manifest, refusal?: string][] = [
  ["a route for a host of its own", route("apps", ["shop.example.com"])],
  ["a route for a host of nobody", route("other", ["wiki.example.com", "www.harbor.example.com"])],
  [
    "a route for the host of another namespace",
    route("apps", ["shop.example.com", "harbor.example.com"]),
    taken("harbor.example.com", "apps"),
  ],
  [
    "the same from a namespace that is not isolated",
    route("other", ["harbor.example.com"]),
    taken("harbor.example.com", "other"),
  ],
  ["a route for all hosts below a name", route("apps", ["*.example.com"]), taken("*.example.com", "apps")],
  ["a route for all hosts below its own", route("apps", ["*.shop.example.com"])],
  ["a route for every host", route("other", []), everyHost("other", "HTTPRoute")],
  ["a route for every host of another Gateway", route("other", [], { name: "mesh" })],
  [
    "a route for every host by the Gateway's own namespace",
    route("traefik", [], { name: "traefik-gateway" }),
  ],
  ["a certificate of a host of its own", certificate("apps", { dnsNames: ["shop.example.com"] })],
  [
    "a certificate of the host of another namespace",
    certificate("apps", { dnsNames: ["Harbor.example.com"] }),
    taken("harbor.example.com", "apps"),
  ],
  [
    "the same by its common name",
    certificate("other", { commonName: "harbor.example.com" }),
    taken("harbor.example.com", "other"),
  ],
  [
    "a wildcard certificate of the Gateway's namespace",
    certificate("traefik", { dnsNames: ["*.example.com"] }),
  ],
  ["a certificate of an address", certificate("apps", { ipAddresses: ["192.0.2.1"] })],
  ["an Ingress for a host of its own", ingress("apps", "shop.example.com")],
  [
    "an Ingress for the host of another namespace",
    ingress("apps", "shop.example.com", "harbor.example.com"),
    taken("harbor.example.com", "apps"),
  ],
  ["an Ingress for every host", ingress("apps", undefined), everyHost("apps", "Ingress")],
  ["an Ingress for every host, not isolated", ingress("other", undefined)],
  ["a Gateway for a host of its own", listening("apps", "shop.example.com")],
  [
    "a Gateway for the host of another namespace",
    listening("other", "harbor.example.com"),
    taken("harbor.example.com", "other"),
  ],
  ["a Gateway for every host", listening("apps"), everyHost("apps", "Gateway")],
  ["listeners for a host of its own", listeners("apps", "shop.example.com")],
  [
    "listeners for the host of another namespace",
    listeners("other", "harbor.example.com"),
    taken("harbor.example.com", "other"),
  ],
  [
    "experimental listeners for the host of another namespace",
    listeners("other", "harbor.example.com", true),
    taken("harbor.example.com", "other"),
  ],
  ["listeners for every host", listeners("other", undefined), everyHost("other", "ListenerSet")],
  ["an Ingress with a matcher of Traefik", path("/", "PathRegexp")],
  ["an Ingress with a rule in its matcher", path("/", "Host(`harbor.example.com`) || PathPrefix"), ownRule],
  ["an Ingress with a rule in its path", path("/`) || Host(`harbor.example.com"), ownRule],
  [
    "a certificate of the host by its literal subject",
    certificate("other", { literalSubject: "O=Example,CN=harbor.example.com" }),
    taken("harbor.example.com", "other"),
  ],
  [
    "a certificate of the host with its final dot",
    certificate("other", { dnsNames: ["harbor.example.com."] }),
    taken("harbor.example.com", "other"),
  ],
];
