import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { listen } from "../../../cli/kit/listen.js";
import { KubeApi } from "../../../stacks/kubernetes/api.js";
import { openTarget, type TargetOptions } from "../../../cli/verify/cluster/target.js";
import { named, settingsWith } from "./fakeTarget.js";

describe("a cluster", () => {
  let folder: string;
  let server: Server;
  let address: string;
  let requests: IncomingMessage[];
  let nodes: object[];
  const bodies: string[] = [];

  before(async () => {
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
    address = `http://127.0.0.1:${await listen(server)}`;
  });
  after((done) => void server.close(done));
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "target-"));
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
    const api = await KubeApi.at(kubeconfig("config", { to: `${address}/prefix/` }));
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

  describe("that restarts", () => {
    const statuses: (number | "reset")[] = [];
    let seen: string[];
    let restarting: Server;
    let api: KubeApi;
    let port: number;
    before(async () => {
      restarting = createServer((request, response) => {
        seen.push(request.method!);
        const next = statuses.shift();
        if (next === "reset") return void request.socket.resetAndDestroy();
        response.statusCode = next ?? 200;
        if (next === 429) response.setHeader("Retry-After", "0");
        response.end("{}");
      });
      port = await listen(restarting);
    });
    after((done) => void restarting.close(done));
    beforeEach(async () => {
      seen = [];
      api = await KubeApi.at(kubeconfig("config", { to: `http://127.0.0.1:${port}` }));
    });

    it("is asked again for what is read", async () => {
      statuses.push("reset", 429, "reset");
      assert.equal((await api.request({ path: "/api" })).status, 200);
      assert.deepEqual(seen, ["GET", "GET", "GET", "GET"]);
    });

    it("is not asked again where it answers for a Service without endpoints, unless it is to wait for that", async () => {
      statuses.push(503);
      assert.equal((await api.request({ path: "/api" })).status, 503);
      assert.deepEqual(seen, ["GET"]);
      statuses.push(503, 502);
      assert.equal((await api.request({ path: "/api", proxied: true })).status, 200);
      assert.deepEqual(seen, ["GET", "GET", "GET", "GET"]);
    });

    it("is not asked again for what is written, unless that may be repeated", async () => {
      statuses.push("reset");
      await assert.rejects(api.request({ path: "/api", method: "POST", body: {} }), { code: "ECONNRESET" });
      assert.deepEqual(seen, ["POST"]);
      statuses.push("reset");
      await api.request({ path: "/api", method: "PATCH", body: {}, patient: true });
      assert.deepEqual(seen, ["POST", "PATCH", "PATCH"]);
    });
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
        writeFileSync(join(folder, "text"), "users:\n  - user: { password: *needle }");
        return { kubeconfig: join(folder, "text") };
      },
      /^\S+text cannot be read as a kubeconfig: it is no YAML at line 2, column \d+$/,
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
      await assert.rejects(open(options()), { name: "UserError", message });
    });
  }
});
