import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { KubeConfig } from "@kubernetes/client-node";
import { KubeApi } from "../../../cli/verify/cluster/api.js";
import { create, list, read, remove } from "../../../cli/verify/cluster/objects.js";
import { Scratch } from "../../../cli/verify/cluster/scratch.js";
import { readSettings } from "../../../cli/verify/settings.js";
import { openTarget, type TargetOptions } from "../../../cli/verify/cluster/target.js";
import { FakeApi, named, settingsWith } from "./fakeTarget.js";

describe("objects of a cluster", () => {
  it("are read, or do not exist, or cannot be read", async () => {
    const api = new FakeApi({
      "/there": { a: 1 },
      "/forbidden": () => ({ status: 403, body: '{"message":"you may not"}' }),
      "/broken": () => ({ status: 502, body: "bad gateway" }),
      "/silent": () => ({ status: 500 }),
    });
    assert.deepEqual(await read(api, "/there"), { a: 1 });
    assert.equal(await read(api, "/nowhere"), undefined);
    await assert.rejects(read(api, "/forbidden"), /^Error: GET \/forbidden: you may not$/);
    await assert.rejects(list(api, "/broken"), /^Error: GET \/broken: bad gateway$/);
    await assert.rejects(read(api, "/silent"), /^Error: GET \/silent: status 500$/);
    assert.equal(await list(api, "/nowhere"), undefined);
  });

  it("are listed page by page", async () => {
    const api = new FakeApi({
      "/many": ({ path }) => {
        const from = Number(new URLSearchParams(path.split("?")[1]).get("continue") ?? 0);
        const items = [named(`a${from}`), named(`b${from}`)];
        return { body: JSON.stringify({ items, metadata: from < 2 ? { continue: String(from + 1) } : {} }) };
      },
      "/none": () => ({ body: '{"items":null,"metadata":{}}' }),
    });
    const names = (await list(api, "/many?labelSelector=a"))!.map(({ metadata }) => metadata.name);
    assert.deepEqual(names, ["a0", "b0", "a1", "b1", "a2", "b2"]);
    assert.deepEqual(
      api.requests.map(({ path }) => path),
      [
        "/many?labelSelector=a&limit=500",
        "/many?labelSelector=a&limit=500&continue=1",
        "/many?labelSelector=a&limit=500&continue=2",
      ],
    );
    assert.deepEqual(await list(api, "/none"), []);
  });

  it("can be asked for without their values", async () => {
    const api = new FakeApi({ "/api/v1/secrets": [] });
    await list(api, "/api/v1/secrets", true);
    assert.match(api.requests[0]!.headers!["Accept"]!, /as=PartialObjectMetadataList/);
  });

  it("are made and deleted", async () => {
    const api = new FakeApi({
      "POST /things": () => ({ status: 201, body: '{"metadata":{"name":"x"}}' }),
      "POST /taken": () => ({ status: 409, body: '{"message":"already exists"}' }),
      "DELETE /things/x": () => ({ status: 200 }),
      "DELETE /things/y": () => ({ status: 403, body: "no" }),
    });
    assert.deepEqual(await create(api, "/things", {}), { metadata: { name: "x" } });
    await assert.rejects(create(api, "/taken", {}), /POST \/taken: already exists/);
    await remove(api, "/things/x");
    await remove(api, "/things/gone");
    await assert.rejects(remove(api, "/things/y"), /DELETE \/things\/y: no/);
  });
});

describe("the namespace for trying things out", () => {
  const collection = "/api/v1/namespaces";
  const made = () => ({ status: 201, body: '{"metadata":{"name":"cluster-security-verify-abc"}}' });

  it("is made once, and leftovers of runs that were killed go first", async () => {
    const minutesAgo = (minutes: number) => new Date(Date.now() - minutes * 60_000).toISOString();
    const api = new FakeApi({
      [collection]: [
        { metadata: { name: "cluster-security-verify-old", creationTimestamp: minutesAgo(31) } },
        { metadata: { name: "cluster-security-verify-busy", creationTimestamp: minutesAgo(5) } },
      ],
      [`POST ${collection}`]: made,
    });
    const scratch = new Scratch(api);
    assert.deepEqual(
      await Promise.all([scratch.namespace(), scratch.namespace()]),
      Array(2).fill("cluster-security-verify-abc"),
    );
    assert.deepEqual(
      api.requests.map(({ method, path }) => `${method ?? "GET"} ${path.split("&")[0]}`),
      [
        `GET ${collection}?labelSelector=app.kubernetes.io/managed-by=cluster-security-verify`,
        `DELETE ${collection}/cluster-security-verify-old`,
        `POST ${collection}`,
      ],
    );
    const { metadata } = api.requests.at(-1)!.body as { metadata: object };
    assert.deepEqual(metadata, {
      generateName: "cluster-security-verify-",
      labels: { "app.kubernetes.io/managed-by": "cluster-security-verify" },
    });
  });

  it("is waited for until it is gone", async () => {
    let asked = 0;
    const api = new FakeApi({
      [collection]: [],
      [`POST ${collection}`]: made,
      [`DELETE ${collection}/cluster-security-verify-abc`]: () => ({ status: 200 }),
      [`${collection}/cluster-security-verify-abc`]: () => (++asked < 3 ? { body: "{}" } : { status: 404 }),
    });
    const scratch = new Scratch(api);
    await scratch.namespace();
    await scratch.remove();
    assert.equal(asked, 3);
    const before = api.requests.length;
    await scratch.remove();
    assert.equal(api.requests.length, before, "there is nothing more to remove");
  });

  it("is not removed where none was made", async () => {
    const api = new FakeApi({
      [collection]: [],
      [`POST ${collection}`]: () => ({ status: 403, body: "no" }),
    });
    const scratch = new Scratch(api);
    await scratch.remove();
    await assert.rejects(scratch.namespace());
    await scratch.remove();
    assert.deepEqual(
      api.requests.map(({ method }) => method),
      [undefined, "POST"],
    );
  });

  it("is named where it cannot be removed", async () => {
    const api = new FakeApi({
      [collection]: [],
      [`POST ${collection}`]: made,
      [`DELETE ${collection}/cluster-security-verify-abc`]: () => ({ status: 403, body: "you may not" }),
    });
    const scratch = new Scratch(api);
    await scratch.namespace();
    await assert.rejects(scratch.remove(), {
      name: "VerifyError",
      message:
        "the namespace cluster-security-verify-abc could not be removed (DELETE /api/v1/namespaces/cluster-security-verify-abc: " +
        "you may not); remove it: kubectl delete namespace cluster-security-verify-abc",
    });
  });
});

describe("a cluster", () => {
  let folder: string;
  let server: Server;
  let address: string;
  let requests: IncomingMessage[];
  let nodes: object[];
  const bodies: string[] = [];

  before((done) => {
    server = createServer((request, response) => {
      requests.push(request);
      let body = "";
      request.on("data", (part: Buffer) => (body += part.toString()));
      request.on("end", () => {
        bodies.push(body);
        response.setHeader("Audit-Id", "an-id");
        response.setHeader("Warning", ['299 - "one \\"of\\" two"', '299 - "two"']);
        if (request.headers.authorization !== "Bearer right") response.statusCode = 401;
        response.end(JSON.stringify(request.url!.includes("/nodes") ? { items: nodes, metadata: {} } : {}));
      });
    });
    server.listen(0, "127.0.0.1", done);
  });
  after((done) => void server.close(done));
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "target-"));
    address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    requests = [];
    nodes = [];
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  function kubeconfig(name: string, { token = "right", to = address, context = "here" } = {}): string {
    const file = join(folder, name);
    writeFileSync(
      file,
      JSON.stringify({
        apiVersion: "v1",
        kind: "Config",
        "current-context": context,
        clusters: [{ name: `${name}-cluster`, cluster: { server: to, "insecure-skip-tls-verify": true } }],
        users: [{ name: `${name}-user`, user: { token } }],
        contexts: [{ name: context, context: { cluster: `${name}-cluster`, user: `${name}-user` } }],
      }),
    );
    return file;
  }
  const open = (options: Partial<TargetOptions>) => openTarget({ settings: settingsWith(), ...options });

  it("is reached with the kubeconfig's credentials, or with none", async () => {
    const config = new KubeConfig();
    config.loadFromFile(kubeconfig("config", { to: `${address}/prefix/` }));
    const api = await KubeApi.of(config);
    const answer = await api.request({
      method: "POST",
      path: "/api",
      body: { a: 1 },
      headers: { "X-Test": "yes" },
    });
    assert.deepEqual(answer, {
      status: 200,
      body: "{}",
      auditId: "an-id",
      warnings: ['one "of" two', "two"],
    });
    assert.equal(requests[0]!.url, "/prefix/api");
    assert.equal(requests[0]!.headers["x-test"], "yes");
    assert.equal(requests[0]!.headers["content-type"], "application/json");
    assert.equal(bodies.at(-1), '{"a":1}');
    assert.equal((await api.request({ path: "/api", anonymous: true })).status, 401);
    assert.equal(requests[1]!.headers.authorization, undefined);
  });

  it("is known to have simulated pods by its nodes", async () => {
    const file = kubeconfig("config");
    const node = (kubeletVersion: string) => named("n", { status: { nodeInfo: { kubeletVersion } } });
    const cases: [nodes: object[], simulated: boolean][] = [
      [[], true],
      [[node("kwok-0.7.0")], true],
      [[node("v1.36.2")], false],
      [[node("kwok-0.7.0"), node("v1.36.2")], false],
      [[named("no status yet")], false],
    ];
    for (const [list, simulated] of cases) {
      nodes = list;
      assert.equal((await open({ kubeconfig: file })).simulatedPods, simulated, JSON.stringify(list));
    }
  });

  it("is the one of KUBECONFIG, the first file's context first", async () => {
    const previous = process.env["KUBECONFIG"];
    process.env["KUBECONFIG"] =
      `${kubeconfig("a")}:${join(folder, "absent")}:${kubeconfig("b", { token: "wrong", context: "there" })}`;
    try {
      const target = await open({});
      assert.deepEqual(target.kubeconfigs, [join(folder, "a"), join(folder, "b")]);
      await assert.rejects(open({ context: "there" }), /refuses the credentials of .*a, .*b \(status 401\)$/);
    } finally {
      if (previous === undefined) delete process.env["KUBECONFIG"];
      else process.env["KUBECONFIG"] = previous;
    }
  });

  const mistakes: [name: string, options: () => Partial<TargetOptions>, message: RegExp][] = [
    [
      "without a kubeconfig",
      () => ({ kubeconfig: join(folder, "absent") }),
      /^no kubeconfig: \S+absent does not exist; give one by --kubeconfig or KUBECONFIG$/,
    ],
    [
      "with a file that is none",
      () => {
        writeFileSync(join(folder, "text"), "clusters: [");
        return { kubeconfig: join(folder, "text") };
      },
      /text cannot be read as a kubeconfig: /,
    ],
    [
      "with a file that says nothing",
      () => {
        writeFileSync(join(folder, "text"), "kind: Config");
        return { kubeconfig: join(folder, "text") };
      },
      /text has no current context; give one by --context, it has none$/,
    ],
    [
      "whose credentials cannot be had",
      () => {
        const file = kubeconfig("config");
        const content = JSON.parse(readFileSync(file, "utf8"));
        content.users[0].user = {
          exec: { apiVersion: "client.authentication.k8s.io/v1", command: "/absent" },
        };
        writeFileSync(file, JSON.stringify(content));
        return { kubeconfig: file };
      },
      /config cannot be used: .*absent/,
    ],
    [
      "in a context that is not there",
      () => ({ kubeconfig: kubeconfig("config"), context: "other" }),
      /config has no context "other"; it has here$/,
    ],
    [
      "with the wrong credentials",
      () => ({ kubeconfig: kubeconfig("config", { token: "wrong" }) }),
      /^the API server http:\/\/127\.0\.0\.1:\d+ refuses the credentials of \S+config \(status 401\)$/,
    ],
    [
      "where nothing listens",
      () => ({ kubeconfig: kubeconfig("config", { to: "https://127.0.0.1:1" }) }),
      /^the API server https:\/\/127\.0\.0\.1:1 does not answer: connect ECONNREFUSED 127\.0\.0\.1:1$/,
    ],
    [
      "with a node that is none",
      () => ({ kubeconfig: kubeconfig("config"), nodeRoot: folder }),
      /is not the root of a control-plane node: it has no etc\/kubernetes\/manifests\/kube-apiserver\.yaml, or only root may look there$/,
    ],
    [
      "with a node whose manifest is broken",
      () => {
        mkdirSync(join(folder, "etc/kubernetes/manifests"), { recursive: true });
        writeFileSync(join(folder, "etc/kubernetes/manifests/kube-apiserver.yaml"), "a: [");
        return { kubeconfig: kubeconfig("config"), nodeRoot: folder };
      },
      /is not the root of a control-plane node: /,
    ],
  ];
  for (const [name, options, message] of mistakes) {
    it(`${name} is one clear error`, async () => {
      await assert.rejects(open(options()), { name: "VerifyError", message });
    });
  }
});

describe("a stack's settings", () => {
  const project = fileURLToPath(new URL("../../../", import.meta.url));

  it("are read without the passphrase", () => {
    assert.equal(readSettings("musashi").cluster.name, "musashi");
    assert.equal(readSettings("musashi", project).certificates.zone, "kubefurlan.com");
  });

  it("are those of a stack that exists", () => {
    assert.throws(() => readSettings("nowhere"), {
      name: "VerifyError",
      message: /^there is no stack "nowhere"; there are .*musashi/,
    });
  });
});
