import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { listen } from "../../../cli/kit/listen.js";
import { openTarget, type TargetOptions } from "../../../cli/verify/cluster/target.js";
import { named, settingsWith } from "./fakeTarget.js";
import { folderOfTest } from "../../kit/folder.js";

describe("a cluster", () => {
  const folder = folderOfTest();
  let server: Server;
  let address: string;
  let nodes: object[];

  before(async () => {
    server = createServer((request, response) => {
      if (request.headers.authorization !== "Bearer right") response.statusCode = 401;
      response.end(JSON.stringify(request.url!.includes("/nodes") ? { items: nodes, metadata: {} } : {}));
    });
    address = `http://127.0.0.1:${await listen(server)}`;
  });
  after((done) => void server.close(done));
  beforeEach(() => {
    nodes = [];
  });

  function kubeconfig(name: string, { token = "right", to = address, context = "here" } = {}): string {
    const file = folder(name);
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
      `${kubeconfig("a")}:${folder("absent")}:${kubeconfig("b", { token: "wrong", context: "there" })}`;
    try {
      const target = await open({});
      assert.deepEqual(target.kubeconfigs, [folder("a"), folder("b")]);
      await assert.rejects(open({ context: "there" }), /refuses the credentials of .*a, .*b \(status 401\)$/);
    } finally {
      if (previous === undefined) delete process.env["KUBECONFIG"];
      else process.env["KUBECONFIG"] = previous;
    }
  });

  const mistakes: [name: string, options: () => Partial<TargetOptions>, message: RegExp][] = [
    [
      "without a kubeconfig",
      () => ({ kubeconfig: folder("absent") }),
      /^no kubeconfig: \S+absent does not exist; give one by --kubeconfig or KUBECONFIG$/,
    ],
    [
      "with a file that is none",
      () => {
        writeFileSync(folder("text"), "users:\n  - user: { password: *needle }");
        return { kubeconfig: folder("text") };
      },
      /^\S+text cannot be read as a kubeconfig: it is no YAML at line 2, column \d+$/,
    ],
    [
      "with a file that says nothing",
      () => {
        writeFileSync(folder("text"), "kind: Config");
        return { kubeconfig: folder("text") };
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
      () => ({ kubeconfig: kubeconfig("config"), nodeRoot: folder() }),
      /is not the root of a control-plane node: it has no etc\/kubernetes\/manifests\/kube-apiserver\.yaml, or only root may look there$/,
    ],
    [
      "with a node whose manifest is broken",
      () => {
        mkdirSync(folder("etc/kubernetes/manifests"), { recursive: true });
        writeFileSync(folder("etc/kubernetes/manifests/kube-apiserver.yaml"), "a: [");
        return { kubeconfig: kubeconfig("config"), nodeRoot: folder() };
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
