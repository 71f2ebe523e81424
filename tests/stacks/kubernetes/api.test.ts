import assert from "node:assert/strict";
import { createServer, type IncomingMessage, type Server } from "node:http";
import { text } from "node:stream/consumers";
import { KubeConfig } from "@kubernetes/client-node";
import { listen } from "../../../cli/kit/listen.js";
import { KubeApi } from "../../../stacks/kubernetes/api.js";

/** What a server answers to one request. Default: status 200. */
type Answer = number | "reset";

describe("the API server", () => {
  let server: Server;
  let port: number;
  let api: KubeApi;
  let answers: Answer[];
  let body: string;
  let seen: { request: IncomingMessage; content: string }[];
  beforeEach(async () => {
    answers = [];
    body = "{}";
    seen = [];
    server = createServer((request, response) => {
      void text(request).then((content) => {
        seen.push({ request, content });
        const next = answers.shift();
        if (next === "reset") return request.socket.resetAndDestroy();
        response.statusCode = next ?? 200;
        if (next === 429) response.setHeader("Retry-After", "0");
        response.setHeader("Audit-Id", "an-id");
        response.setHeader("Warning", ['299 - "one \\"of\\" two"', '299 - "two"']);
        response.end(body);
      });
    });
    port = await listen(server);
    const config = new KubeConfig();
    const cluster = { name: "a", server: `http://127.0.0.1:${port}/prefix/`, skipTLSVerify: true };
    config.loadFromClusterAndUser(cluster, { name: "a", token: "right" });
    api = await KubeApi.of(config);
  });
  afterEach((done) => void (server.listening ? server.close(done) : done()));
  const methods = () => seen.map(({ request }) => request.method);

  it("is reached with the kubeconfig's credentials, or with none", async () => {
    const headers = { "X-Test": "yes" };
    assert.deepEqual(await api.request({ method: "POST", path: "/api", body: { a: 1 }, headers }), {
      status: 200,
      body: "{}",
      auditId: "an-id",
      warnings: ['one "of" two', "two"],
    });
    await api.request({ path: "/api", anonymous: true });
    const [first, second] = seen;
    assert.equal(first!.request.url, "/prefix/api");
    assert.equal(first!.request.headers.authorization, "Bearer right");
    assert.equal(first!.request.headers["x-test"], "yes");
    assert.equal(first!.request.headers["content-type"], "application/json");
    assert.equal(first!.content, '{"a":1}');
    assert.equal(second!.request.headers.authorization, undefined);
  });

  it("is read: what there is, what there is not, and in its own words why not", async () => {
    body = '{"a":1}';
    assert.deepEqual(await api.read("/api"), { a: 1 });
    answers.push(404);
    assert.equal(await api.read("/api"), undefined);
    answers.push(403);
    body = JSON.stringify({ message: "no one may", reason: "Forbidden" });
    await assert.rejects(api.read("/api"), { message: "no one may", code: 403, reason: "Forbidden" });
  });

  it("is asked again for what is read where the connection breaks, or it is too busy", async () => {
    answers.push("reset", 429, "reset");
    assert.equal((await api.request({ path: "/api" })).status, 200);
    assert.deepEqual(methods(), ["GET", "GET", "GET", "GET"]);
  });

  it("is not asked again where it answers for a Service without endpoints, unless it is to wait for that", async () => {
    answers.push(503);
    assert.equal((await api.request({ path: "/api" })).status, 503);
    assert.deepEqual(methods(), ["GET"]);
    answers.push(503, 502);
    assert.equal((await api.request({ path: "/api", proxied: true })).status, 200);
    assert.deepEqual(methods(), ["GET", "GET", "GET", "GET"]);
  });

  it("is not asked again for what is written, unless that may be repeated", async () => {
    answers.push("reset");
    await assert.rejects(api.request({ path: "/api", method: "POST", body: {} }), { code: "ECONNRESET" });
    assert.deepEqual(methods(), ["POST"]);
    answers.push("reset");
    await api.request({ path: "/api", method: "PATCH", body: {}, patient: true });
    assert.deepEqual(methods(), ["POST", "PATCH", "PATCH"]);
  });

  const stop = () =>
    new Promise<void>((resolve) => (server.close(() => resolve()), server.closeAllConnections()));

  it("that takes no connection is waited for where it has answered before", async () => {
    await api.request({ path: "/api" });
    await stop();
    const asked = api.request({ path: "/api" });
    setTimeout(() => server.listen(port, "127.0.0.1"), 300);
    assert.equal((await asked).status, 200);
  });

  it("that takes no connection is not waited for otherwise", async () => {
    await stop();
    const begun = performance.now();
    await assert.rejects(api.request({ path: "/api" }), { code: "ECONNREFUSED" });
    assert.ok(performance.now() - begun < 5000);
  });
});
