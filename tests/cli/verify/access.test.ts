import assert from "node:assert/strict";
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:tls";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isPrivateAddress } from "../../../cli/verify/checks/access/exposure.js";
import { attributesOf, reviewed } from "../../../cli/verify/checks/access/reviews.js";
import * as allRights from "../../../cli/verify/checks/access/rights.js";
import type { ApiRequest } from "../../../cli/verify/cluster/api.js";
import { fakeTarget, findingOf, named, type Answer, type FakeOptions } from "./fakeTarget.js";

const find = (claim: string, answers: Record<string, Answer>, options?: FakeOptions) =>
  findingOf("Unauthorized cluster access", claim, fakeTarget(answers, options));

describe("a right", () => {
  const cases: [right: string, attributes: object][] = [
    ["get secrets", { verb: "get", group: "", resource: "secrets" }],
    ["* *.*", { verb: "*", group: "*", resource: "*" }],
    ["create pods/exec", { verb: "create", group: "", resource: "pods", subresource: "exec" }],
    [
      "update sealedsecrets.bitnami.com/status",
      { verb: "update", group: "bitnami.com", resource: "sealedsecrets", subresource: "status" },
    ],
    ["list secrets in velero", { verb: "list", group: "", resource: "secrets", namespace: "velero" }],
    [
      "get services/proxy in kube-system named http:x:http",
      {
        verb: "get",
        group: "",
        resource: "services",
        subresource: "proxy",
        namespace: "kube-system",
        name: "http:x:http",
      },
    ],
  ];
  for (const [right, attributes] of cases) {
    it(right, () => assert.deepEqual(attributesOf(right), attributes));
  }

  it("of another form is none", () => {
    for (const text of ["secrets", "get", "get secrets of velero", "get secrets in"]) {
      assert.throws(() => attributesOf(text), /is not of the form: verb resource/, text);
    }
  });

  it("of the table is one, and not both given and refused", () => {
    const tables = [
      allRights.sealedSecretsRights,
      allRights.certManagerRights,
      allRights.certManagerWebhookRights,
      allRights.veleroRights,
      allRights.veleroNeighbourRights,
      allRights.applicationRights("apps"),
      allRights.argoCdControllerRights("argocd"),
      allRights.argoCdServerRights("argocd"),
      allRights.argoCdRepoServerRights("argocd"),
    ];
    for (const { may, mayNot } of tables) {
      assert.ok(may.length > 0);
      for (const right of [...may, ...mayNot]) assert.doesNotThrow(() => attributesOf(right));
      assert.deepEqual(
        may.filter((right) => mayNot.includes(right)),
        [],
      );
    }
  });
});

describe("a ServiceAccount's rights", () => {
  const rights = {
    namespace: "apps",
    serviceAccount: "web",
    may: ["get configmaps"],
    mayNot: ["get secrets", "create pods.example.com"],
  };
  const path = "/apis/authorization.k8s.io/v1/subjectaccessreviews";
  const allowing = (...resources: string[]): Record<string, Answer> => ({
    [`POST ${path}`]: ({ body }: ApiRequest) => {
      const { spec } = body as { spec: { resourceAttributes: { resource: string } } };
      return {
        status: 201,
        body: JSON.stringify({ status: { allowed: resources.includes(spec.resourceAttributes.resource) } }),
      };
    },
  });

  it("are asked of the API server, as the ServiceAccount with its groups", async () => {
    const target = fakeTarget(allowing("configmaps"));
    assert.deepEqual(await reviewed(target, rights), {
      status: "proved",
      evidence: "ServiceAccount apps/web may get configmaps; refused: get secrets, create pods",
    });
    assert.deepEqual(target.api.requests[0]!.body, {
      apiVersion: "authorization.k8s.io/v1",
      kind: "SubjectAccessReview",
      spec: {
        user: "system:serviceaccount:apps:web",
        groups: ["system:serviceaccounts", "system:serviceaccounts:apps", "system:authenticated"],
        resourceAttributes: { verb: "get", group: "", resource: "configmaps" },
      },
    });
    assert.equal(target.api.requests.length, 3);
  });

  it("fail when there is one too many or too few", async () => {
    assert.deepEqual(await reviewed(fakeTarget(allowing("secrets")), rights), {
      status: "failed",
      evidence: "ServiceAccount apps/web may not get configmaps; ServiceAccount apps/web may get secrets",
    });
  });

  it("are not asked for where the ServiceAccount does not exist", async () => {
    const brought = { ...rights, from: { absentMeans: "nobody brought it" } };
    assert.deepEqual(await reviewed(fakeTarget(allowing("configmaps")), brought), {
      status: "unchecked",
      evidence: "ServiceAccount apps/web does not exist: nobody brought it",
    });
    const ours = { ...rights, from: { chart: "velero" as const } };
    assert.equal((await reviewed(fakeTarget(allowing("configmaps")), ours)).status, "failed");
    const recorded = fakeTarget(allowing("configmaps"), { recorded: new Set(["velero" as const]) });
    assert.equal((await reviewed(recorded, ours)).status, "unchecked");
    const there = { ...allowing("configmaps"), "/api/v1/namespaces/apps/serviceaccounts/web": named("web") };
    assert.equal((await reviewed(fakeTarget(there), ours)).status, "proved");
  });

  it("that cannot be asked for are an error", async () => {
    const forbidden = { [`POST ${path}`]: () => ({ status: 403, body: '{"message":"you may not"}' }) };
    await assert.rejects(reviewed(fakeTarget(forbidden), rights), /subjectaccessreviews: you may not$/);
  });
});

describe("an address", () => {
  const cases: [address: string, isPrivate: boolean][] = [
    ["192.168.1.133", true],
    ["10.0.0.1", true],
    ["172.31.0.1", true],
    ["172.32.0.1", false],
    ["127.0.0.1", true],
    ["169.254.1.1", true],
    ["100.64.0.1", true],
    ["192.0.2.10", true],
    ["8.8.8.8", false],
    ["203.0.114.1", false],
    ["::1", true],
    ["fd00::3", true],
    ["fe80::1", true],
    ["2a01:4f8::1", false],
    ["::ffff:8.8.8.8", false],
    ["::ffff:10.0.0.1", true],
  ];
  for (const [address, isPrivate] of cases) {
    it(`${address} is ${isPrivate ? "private" : "public"}`, () =>
      assert.equal(isPrivateAddress(address), isPrivate));
  }
});

describe("an API server that is not public", () => {
  const slices = "/apis/discovery.k8s.io/v1/endpointslices";
  const slice = (service: string, namespace: string, addresses: string[], port = 6443) => ({
    metadata: { name: `${service}-x`, namespace, labels: { "kubernetes.io/service-name": service } },
    endpoints: [{ addresses }],
    ports: [{ port }],
  });
  const own = (...addresses: string[]) => slice("kubernetes", "default", addresses);
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

describe("anonymous requests", () => {
  const health = ["/livez", "/readyz", "/healthz"];
  const answering = (status: (path: string) => number): Record<string, Answer> =>
    Object.fromEntries(
      [
        ...health,
        "/version",
        "/api",
        "/apis",
        "/openapi/v2",
        "/openapi/v3",
        "/metrics",
        "/api/v1/namespaces",
        "/api/v1/secrets",
        "/api/v1/namespaces/kube-public/configmaps/cluster-info",
      ].map((path) => [
        path,
        ({ anonymous }: ApiRequest) => ({ status: anonymous ? status(path) : 200, body: "{}" }),
      ]),
    );
  const claim = "Anonymous requests";

  for (const refusal of [401, 403]) {
    it(`are refused with ${refusal} but for health`, async () => {
      const finding = await find(
        claim,
        answering((path) => (health.includes(path) ? 200 : refusal)),
      );
      assert.equal(finding.status, "proved", finding.evidence);
    });
  }

  it("are answered as kubeadm has it by default", async () => {
    const open = [...health, "/version", "/api/v1/namespaces/kube-public/configmaps/cluster-info"];
    assert.deepEqual(
      await find(
        claim,
        answering((path) => (open.includes(path) ? 200 : 403)),
      ),
      {
        status: "failed",
        evidence:
          "answered anonymously: /version 200; " +
          "answered anonymously: /api/v1/namespaces/kube-public/configmaps/cluster-info 200",
      },
    );
  });

  it("are refused for health too", async () => {
    const finding = await find(
      claim,
      answering(() => 401),
    );
    assert.equal(finding.status, "failed");
    assert.match(finding.evidence, /^health is not to be had: \/livez 401; /);
  });
});

describe("old versions of TLS", () => {
  const claim = "TLS below 1.2 is refused";

  it("cannot be tried where the kubeconfig leads to a proxy", async () => {
    const target = fakeTarget({});
    target.api.server = new URL("http://127.0.0.1:8001");
    const finding = await findingOf("Unauthorized cluster access", claim, target);
    assert.equal(finding.status, "unchecked");
  });

  it("are not refused by what does not speak TLS at all", async () => {
    const target = fakeTarget({});
    target.api.server = new URL("https://127.0.0.1:1");
    await assert.rejects(
      findingOf("Unauthorized cluster access", claim, target),
      /^Error: TLSv1 was tried, but connect ECONNREFUSED/,
    );
  });

  it("are not refused by a server that fails for another reason", async () => {
    // Without a certificate it ends every handshake with another alert.
    const server: Server = createServer({ minVersion: "TLSv1", ciphers: "DEFAULT:@SECLEVEL=0" });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    try {
      const target = fakeTarget({});
      target.api.server = new URL(`https://127.0.0.1:${(server.address() as AddressInfo).port}`);
      await assert.rejects(
        findingOf("Unauthorized cluster access", claim, target),
        /^Error: TLSv1 was tried, but /,
      );
    } finally {
      server.close();
    }
  });
});

describe("kubeconfigs", () => {
  const uid = process.getuid!();
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "kubeconfigs-"))));
  afterEach(() => rmSync(folder, { recursive: true }));

  it("are closed, the administrator's and those on the node", async () => {
    const own = join(folder, "config");
    writeFileSync(own, "", { mode: 0o600 });
    mkdirSync(join(folder, "etc/kubernetes"), { recursive: true });
    const admin = join(folder, "etc/kubernetes/admin.conf");
    writeFileSync(admin, "", { mode: 0o600 });
    writeFileSync(join(folder, "etc/kubernetes/other.yaml"), "", { mode: 0o644 });
    const options = { kubeconfigs: [own], nodeRoot: folder };
    assert.deepEqual(await find("Kubeconfigs are closed", {}, options), {
      status: "proved",
      evidence: `${own} 0600 of uid ${uid}, ${admin} 0600 of uid ${uid}`,
    });
    chmodSync(admin, 0o640);
    chmodSync(own, 0o644);
    assert.deepEqual(await find("Kubeconfigs are closed", {}, options), {
      status: "failed",
      evidence:
        `others may read ${own} (mode 0644); chmod 600 ${own}; ` +
        `others may read ${admin} (mode 0640); chmod 600 ${admin}`,
    });
  });

  it("belong to root on the node, and to whoever runs this elsewhere", async function () {
    // Only root gives files away.
    if (uid !== 0) return this.skip();
    const own = join(folder, "config");
    mkdirSync(join(folder, "etc/kubernetes"), { recursive: true });
    const admin = join(folder, "etc/kubernetes/admin.conf");
    for (const file of [own, admin]) {
      writeFileSync(file, "", { mode: 0o600 });
      chownSync(file, 1000, 1000);
    }
    const options = { kubeconfigs: [own, admin], nodeRoot: folder };
    const before = process.env["SUDO_UID"];
    try {
      delete process.env["SUDO_UID"];
      assert.deepEqual(await find("Kubeconfigs are closed", {}, options), {
        status: "failed",
        evidence:
          `${own} belongs to uid 1000, not to 0; chown 0 ${own}; ` +
          `${admin} belongs to uid 1000, not to 0; chown 0 ${admin}`,
      });
      process.env["SUDO_UID"] = "1000";
      assert.deepEqual(await find("Kubeconfigs are closed", {}, options), {
        status: "failed",
        evidence: `${admin} belongs to uid 1000, not to 0; chown 0 ${admin}`,
      });
      process.env["SUDO_UID"] = "1001";
      assert.match(
        (await find("Kubeconfigs are closed", {}, { ...options, kubeconfigs: [own] })).evidence,
        /config belongs to uid 1000, not to 1001; chown 1001 /,
      );
    } finally {
      if (before === undefined) delete process.env["SUDO_UID"];
      else process.env["SUDO_UID"] = before;
    }
  });

  const config = (user: string) => `apiVersion: v1\nkind: Config\nusers:\n  - user:\n      ${user}\n`;
  const cases: [name: string, text: string, found: boolean][] = [
    ["a key", config("client-key-data: LS0t"), true],
    ["a token", config('token: "abc"'), true],
    ["a password", config("password: abc"), true],
    ["a file with a token, as kube-proxy's", config("tokenFile: /var/run/secrets/token"), false],
    ["nothing, as cluster-info", "apiVersion: v1\nkind: Config\nusers: null\n", false],
    ["no kubeconfig", "token: abc", false],
  ];
  for (const [name, text, found] of cases) {
    it(`in a ConfigMap are found: with ${name}${found ? "" : ", no"}`, async () => {
      const finding = await find("No kubeconfig lies in the cluster", {
        "/api/v1/configmaps": [
          named("a", { data: { "kubeconfig.conf": text } }, "x"),
          named("empty", {}, "x"),
        ],
      });
      assert.deepEqual(
        finding,
        found
          ? { status: "failed", evidence: "ConfigMap x/a holds a kubeconfig with credentials" }
          : { status: "proved", evidence: "none of 2 ConfigMaps holds one with credentials" },
      );
    });
  }
});

describe("ArgoCD's project", () => {
  const settings = { "access.argocd.enabled": true };
  const path = "/apis/argoproj.io/v1alpha1/namespaces/argocd/appprojects/default";
  const claim = "ArgoCD's project admits";
  const project = (sourceRepos: string[], destinations: object[]) => ({
    [path]: named("default", { spec: { sourceRepos, destinations } }),
  });

  it("is limited", async () => {
    const server = "https://kubernetes.default.svc";
    const answers = project(["https://example.com/apps.git"], [{ namespace: "backstage", server }]);
    assert.deepEqual(await find(claim, answers, { settings }), {
      status: "proved",
      evidence: `AppProject argocd/default: from https://example.com/apps.git to backstage on ${server}`,
    });
  });

  it("is open as ArgoCD makes it", async () => {
    assert.deepEqual(await find(claim, project(["*"], [{ namespace: "*", server: "*" }]), { settings }), {
      status: "failed",
      evidence: "it admits repositories *; it admits namespaces * on *",
    });
  });

  it("is not there, or not wanted", async () => {
    assert.match((await find(claim, {}, { settings })).evidence, /ArgoCD is not installed here$/);
    assert.match((await find(claim, {})).evidence, /^the stack's settings leave ArgoCD out/);
  });
});

describe("applications", () => {
  it("are those of the settings that have a namespace, else what is in default", async () => {
    const settings = {
      "access.argocd.applications": [
        { name: "a", repository: "https://example.com/a.git", path: "a", namespace: "apps" },
        { name: "b", repository: "https://example.com/b.git", path: "b", namespace: "absent" },
      ],
    };
    const users = async (options?: FakeOptions) => {
      const target = fakeTarget(
        {
          "/api/v1/namespaces": [named("default"), named("apps")],
          "POST /apis/authorization.k8s.io/v1/subjectaccessreviews": () => ({
            status: 201,
            body: '{"status":{"allowed":false}}',
          }),
        },
        options,
      );
      await findingOf("Unauthorized cluster access", "An application's pods", target);
      const bodies = target.api.requests.flatMap(
        ({ body }) => (body as { spec: { user: string } } | undefined) ?? [],
      );
      return [...new Set(bodies.map(({ spec }) => spec.user))];
    };
    assert.deepEqual(await users({ settings }), ["system:serviceaccount:apps:default"]);
    assert.deepEqual(await users(), ["system:serviceaccount:default:default"]);
  });
});
