import assert from "node:assert/strict";
import { named, type Answer } from "./fakeTarget.js";
import { find } from "./accessClaims.js";
import { own, slice, slices } from "./pairs/unauthorizedAccess.js";

describe("an API server that is not public", () => {
  const routes = "/apis/gateway.networking.k8s.io/v1/httproutes";
  const service = (name: string, namespace: string, spec: object) => named(name, { spec }, namespace);

  it("has private addresses, and nothing leads to it", async () => {
    const finding = await find("The API server is not public", {
      [slices]: [own("192.168.1.133"), slice("web", "apps", ["10.244.0.9"])],
      "/api/v1/services": [
        service("kubernetes", "default", { type: "ClusterIP" }),
        service("web", "apps", { type: "LoadBalancer" }),
      ],
      [routes]: [named("web", { spec: { rules: [{ backendRefs: [{ name: "web" }] }] } }, "apps")],
    });
    assert.deepEqual(finding, {
      status: "proved",
      evidence:
        "the API server is at 192.168.1.133, 192.0.2.10, all private; it listens on 0.0.0.0, and no node has a public " +
        "address there; no LoadBalancer, NodePort or external IP leads to default/kubernetes, nor does any HTTPRoute; " +
        "not looked at: port forwards of a router or firewall, routes of other kinds, proxies that run in pods",
    });
  });
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
  const cluster = { [slices]: [own("10.0.0.1")] };
  const traefikRoute = (...services: object[]) => named("api", { spec: { routes: [{ services }] } }, "apps");

  const cases: [name: string, answers: Record<string, Answer>, evidence: string][] = [
    [
      "a public address",
      { [slices]: [own("203.0.114.1")] },
      "the API server has the public address 203.0.114.1",
    ],
    ["no endpoint at all", { [slices]: [] }, "the Service default/kubernetes has no endpoint"],
    [
      "its own Service opened",
      {
        [slices]: [own("10.0.0.1")],
        "/api/v1/services": [service("kubernetes", "default", { type: "NodePort" })],
      },
      "Service default/kubernetes of type NodePort leads to the API server",
    ],
    [
      "an external IP",
      {
        [slices]: [own("10.0.0.1")],
        "/api/v1/services": [
          service("kubernetes", "default", { type: "ClusterIP", externalIPs: ["203.0.114.1"] }),
        ],
      },
      "Service default/kubernetes of type ClusterIP leads to the API server",
    ],
    [
      "a Service for its pods",
      {
        [slices]: [own("10.0.0.1")],
        "/api/v1/services": [
          service("api", "kube-system", { type: "LoadBalancer", selector: { component: "kube-apiserver" } }),
        ],
      },
      "Service kube-system/api of type LoadBalancer leads to the API server",
    ],
    [
      "a Service for its address",
      {
        [slices]: [own("10.0.0.1"), slice("api", "apps", ["10.0.0.1"])],
        "/api/v1/services": [service("api", "apps", { type: "NodePort" })],
      },
      "Service apps/api of type NodePort leads to the API server",
    ],
    [
      "a Route",
      {
        [slices]: [own("10.0.0.1")],
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
    [
      "an Ingress",
      {
        [slices]: [own("10.0.0.1")],
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
  ];
  cases.push(
    [
      "a node with a public address",
      { ...cluster, "/api/v1/nodes": [node("a", { InternalIP: "10.0.0.1", ExternalIP: "8.8.4.4" })] },
      onEvery("a", "8.8.4.4"),
    ],
    [
      "a public address of its own node, not of another's",
      {
        ...cluster,
        "/api/v1/nodes": [
          node("a", { ExternalIP: "8.8.4.4" }, { "node-role.kubernetes.io/control-plane": "" }),
          node("b", { ExternalIP: "8.8.8.8" }),
        ],
        [apiServerPods]: [apiServerPod("--bind-address=::")],
      },
      onEvery("a", "8.8.4.4", "::"),
    ],
    [
      "a public address to listen on",
      { ...cluster, [apiServerPods]: [apiServerPod("--bind-address=8.8.4.4")] },
      "the API server listens on the public address 8.8.4.4",
    ],
    [
      "a Route to another name of it",
      {
        ...cluster,
        "/api/v1/services": [
          service("one", "apps", toKubernetes),
          service("two", "apps", { externalName: "one.apps.svc.cluster.local.", type: "ExternalName" }),
        ],
        [routes]: [named("api", { spec: { rules: [{ backendRefs: [{ name: "two" }] }] } }, "apps")],
      },
      "the HTTPRoute apps/api leads to the API server",
    ],
    [
      "a NodePort whose endpoint is its cluster IP",
      {
        [slices]: [own("10.0.0.1"), slice("api", "apps", ["10.96.0.1"], 443)],
        "/api/v1/services": [
          service("kubernetes", "default", { clusterIPs: ["10.96.0.1"], ports: [{ port: 443 }] }),
          service("api", "apps", { type: "NodePort" }),
        ],
      },
      "Service apps/api of type NodePort leads to the API server",
    ],
    [
      "a NodePort whose endpoint is its name",
      {
        [slices]: [own("10.0.0.1"), slice("api", "apps", ["kubernetes.default.svc"], 443)],
        "/api/v1/services": [service("api", "apps", { type: "NodePort" })],
      },
      "Service apps/api of type NodePort leads to the API server",
    ],
    [
      "a TCP route of Traefik",
      { ...cluster, [ingressRouteTcps]: [traefikRoute({ name: "kubernetes", namespace: "default" })] },
      "the IngressRouteTCP apps/api leads to the API server",
    ],
    [
      "a route of Traefik through others",
      {
        ...cluster,
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
    [
      "a TCP route",
      {
        ...cluster,
        "/apis/gateway.networking.k8s.io/v1alpha2/tcproutes": [
          named("api", { spec: { rules: [{ backendRefs: [{ name: "kubernetes" }] }] } }, "default"),
        ],
      },
      "the TCPRoute default/api leads to the API server",
    ],
  );

  it("may have nodes with public addresses that it does not listen on, and names that lead elsewhere", async () => {
    const { status, evidence } = await find("The API server is not public", {
      ...cluster,
      "/api/v1/nodes": [node("a", { InternalIP: "10.0.0.1", ExternalIP: "8.8.4.4", Hostname: "a" })],
      [apiServerPods]: [apiServerPod("--bind-address=10.0.0.1")],
      "/api/v1/services": [service("web", "apps", { externalName: "web.example.com", type: "ExternalName" })],
      [routes]: [named("web", { spec: { rules: [{ backendRefs: [{ name: "web" }] }] } }, "apps")],
      [ingressRouteTcps]: [traefikRoute({ name: "kubernetes" })],
    });
    assert.equal(status, "proved", evidence);
    assert.match(
      evidence,
      /it listens on 10\.0\.0\.1, .* nor does any HTTPRoute, IngressRouteTCP; not looked at: /,
    );
  });

  for (const [name, answers, evidence] of cases) {
    it(`is found to have ${name}`, async () => {
      assert.deepEqual(await find("The API server is not public", answers), { status: "failed", evidence });
    });
  }

  it("does not mind another Service on the same node", async () => {
    const finding = await find("The API server is not public", {
      [slices]: [own("10.0.0.1"), slice("web", "apps", ["10.0.0.1"], 8080)],
      "/api/v1/services": [service("web", "apps", { type: "NodePort" })],
    });
    assert.equal(finding.status, "proved", finding.evidence);
  });
});
