import { claims } from "./addonClaims.js";
import { named } from "./fakeTarget.js";
import { own, slice, slices } from "./pairs/unauthorizedAccess.js";

const routes = "/apis/gateway.networking.k8s.io/v1/httproutes";
const services = "/api/v1/services";
const service = (name: string, namespace: string, spec: object) => named(name, { spec }, namespace);
const node = (name: string, addresses: Record<string, string>, labels = {}) => ({
  metadata: { name, labels },
  status: { addresses: Object.entries(addresses).map(([type, address]) => ({ type, address })) },
});
const apiServerPods = "/api/v1/namespaces/kube-system/pods";
const apiServerPod = (...flags: string[]) =>
  named("kube-apiserver-a", { spec: { containers: [{ command: ["kube-apiserver", ...flags] }] } });
const onEvery = (name: string, address: string, bound = "0.0.0.0") =>
  `the API server listens on every address of its node (bind-address ${bound}), and node ${name} has the public ` +
  `address ${address}; set bind-address to a private one, or close the port in a firewall and make sure of it from outside`;
const toKubernetes = { externalName: "kubernetes.default.svc", type: "ExternalName" };
const ingressRouteTcps = "/apis/traefik.io/v1alpha1/ingressroutetcps";
const traefikServices = "/apis/traefik.io/v1alpha1/traefikservices";
const traefikRoute = (...services: object[]) => named("api", { spec: { routes: [{ services }] } }, "apps");

claims(
  "Unauthorized cluster access",
  "The API server is not public",
  {
    "proved: it has private addresses, and nothing leads to it": [
      {
        [slices]: [own("192.168.1.133"), slice("web", "apps", ["10.244.0.9"])],
        [services]: [
          service("kubernetes", "default", { type: "ClusterIP" }),
          service("web", "apps", { type: "LoadBalancer" }),
        ],
        [routes]: [named("web", { spec: { rules: [{ backendRefs: [{ name: "web" }] }] } }, "apps")],
      },
      "the API server is at 192.168.1.133, 192.0.2.10, all private; it listens on 0.0.0.0, and no node has a public " +
        "address there; no LoadBalancer, NodePort or external IP leads to default/kubernetes, nor does any HTTPRoute; " +
        "not looked at: port forwards of a router or firewall, routes of other kinds, proxies that run in pods",
    ],
    "proved: it does not listen on its nodes' public addresses, and names lead elsewhere": [
      {
        "/api/v1/nodes": [node("a", { InternalIP: "10.0.0.1", ExternalIP: "8.8.4.4", Hostname: "a" })],
        [apiServerPods]: [apiServerPod("--bind-address=10.0.0.1")],
        [services]: [service("web", "apps", { externalName: "web.example.com", type: "ExternalName" })],
        [routes]: [named("web", { spec: { rules: [{ backendRefs: [{ name: "web" }] }] } }, "apps")],
        [ingressRouteTcps]: [traefikRoute({ name: "kubernetes" })],
      },
      /it listens on 10\.0\.0\.1, .* nor does any HTTPRoute, IngressRouteTCP; not looked at: /,
    ],
    "proved: another Service is on the same node": [
      {
        [slices]: [own("10.0.0.1"), slice("web", "apps", ["10.0.0.1"], 8080)],
        [services]: [service("web", "apps", { type: "NodePort" })],
      },
      /all private/,
    ],
    "failed: a public address": [
      { [slices]: [own("203.0.114.1")] },
      "the API server has the public address 203.0.114.1",
    ],
    "failed: no endpoint at all": [{ [slices]: [] }, "the Service default/kubernetes has no endpoint"],
    "failed: its own Service opened": [
      { [services]: [service("kubernetes", "default", { type: "NodePort" })] },
      "Service default/kubernetes of type NodePort leads to the API server",
    ],
    "failed: an external IP": [
      {
        [services]: [service("kubernetes", "default", { type: "ClusterIP", externalIPs: ["203.0.114.1"] })],
      },
      "Service default/kubernetes of type ClusterIP leads to the API server",
    ],
    "failed: a Service for its pods": [
      {
        [services]: [
          service("api", "kube-system", { type: "LoadBalancer", selector: { component: "kube-apiserver" } }),
        ],
      },
      "Service kube-system/api of type LoadBalancer leads to the API server",
    ],
    "failed: a Service for its address": [
      {
        [slices]: [own("10.0.0.1"), slice("api", "apps", ["10.0.0.1"])],
        [services]: [service("api", "apps", { type: "NodePort" })],
      },
      "Service apps/api of type NodePort leads to the API server",
    ],
    "failed: a Route": [
      {
        [routes]: [
          named(
            "api",
            { spec: { rules: [{ backendRefs: [{ name: "kubernetes", namespace: "default" }] }] } },
            "apps",
          ),
        ],
      },
      "the HTTPRoute apps/api leads to the API server",
    ],
    "failed: an Ingress": [
      {
        "/apis/networking.k8s.io/v1/ingresses": [
          named(
            "api",
            { spec: { rules: [{ http: { paths: [{ backend: { service: { name: "kubernetes" } } }] } }] } },
            "default",
          ),
        ],
      },
      "the Ingress default/api leads to the API server",
    ],
    "failed: an Ingress for everything else": [
      {
        "/apis/networking.k8s.io/v1/ingresses": [
          named("api", { spec: { defaultBackend: { service: { name: "kubernetes" } } } }, "default"),
        ],
      },
      "the Ingress default/api leads to the API server",
    ],
    "failed: a node with a public address": [
      { "/api/v1/nodes": [node("a", { InternalIP: "10.0.0.1", ExternalIP: "8.8.4.4" })] },
      onEvery("a", "8.8.4.4"),
    ],
    "failed: a public address of its own node, not of another's": [
      {
        "/api/v1/nodes": [
          node("a", { ExternalIP: "8.8.4.4" }, { "node-role.kubernetes.io/control-plane": "" }),
          node("b", { ExternalIP: "8.8.8.8" }),
        ],
        [apiServerPods]: [apiServerPod("--bind-address=::")],
      },
      onEvery("a", "8.8.4.4", "::"),
    ],
    "failed: a public address to listen on": [
      { [apiServerPods]: [apiServerPod("--bind-address=8.8.4.4")] },
      "the API server listens on the public address 8.8.4.4",
    ],
    "failed: a Route to another name of it": [
      {
        [services]: [
          service("one", "apps", toKubernetes),
          service("two", "apps", { externalName: "one.apps.svc.cluster.local.", type: "ExternalName" }),
        ],
        [routes]: [named("api", { spec: { rules: [{ backendRefs: [{ name: "two" }] }] } }, "apps")],
      },
      "the HTTPRoute apps/api leads to the API server",
    ],
    "failed: a NodePort whose endpoint is its cluster IP": [
      {
        [slices]: [own("10.0.0.1"), slice("api", "apps", ["10.96.0.1"], 443)],
        [services]: [
          service("kubernetes", "default", { clusterIPs: ["10.96.0.1"], ports: [{ port: 443 }] }),
          service("api", "apps", { type: "NodePort" }),
        ],
      },
      "Service apps/api of type NodePort leads to the API server",
    ],
    "failed: a NodePort whose endpoint is its name": [
      {
        [slices]: [own("10.0.0.1"), slice("api", "apps", ["kubernetes.default.svc"], 443)],
        [services]: [service("api", "apps", { type: "NodePort" })],
      },
      "Service apps/api of type NodePort leads to the API server",
    ],
    "failed: a TCP route of Traefik": [
      { [ingressRouteTcps]: [traefikRoute({ name: "kubernetes", namespace: "default" })] },
      "the IngressRouteTCP apps/api leads to the API server",
    ],
    "failed: a route of Traefik through others": [
      {
        [traefikServices]: [
          named("b", { spec: { mirroring: { name: "a", kind: "TraefikService" } } }, "apps"),
          named(
            "a",
            { spec: { weighted: { services: [{ name: "kubernetes", namespace: "default" }] } } },
            "apps",
          ),
        ],
        "/apis/traefik.io/v1alpha1/ingressroutes": [traefikRoute({ name: "b", kind: "TraefikService" })],
      },
      "the IngressRoute apps/api leads to the API server",
    ],
    "failed: a TCP route": [
      {
        "/apis/gateway.networking.k8s.io/v1alpha2/tcproutes": [
          named("api", { spec: { rules: [{ backendRefs: [{ name: "kubernetes" }] }] } }, "default"),
        ],
      },
      "the TCPRoute default/api leads to the API server",
    ],
  },
  { answers: { [slices]: [own("10.0.0.1")] } },
);
