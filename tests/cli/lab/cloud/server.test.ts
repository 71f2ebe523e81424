import assert from "node:assert/strict";
import type { Fault } from "../../../../cli/lab/cloud/faults.js";
import { serve, type CloudServer } from "../../../../cli/lab/cloud/server.js";
import { Refusal, type Service } from "../../../../cli/lab/cloud/service.js";

describe("a cloud's server", () => {
  let count: number;
  let log: string[];
  let server: CloudServer;

  const counter: Service = {
    name: "counter",
    routes: [
      { call: "GET /count", query: ["unit"], handle: () => ({ status: 200, body: count }) },
      {
        call: "POST /count/:by",
        handle({ params, body }) {
          const by = Number(params["by"]);
          if (Number.isNaN(by)) throw new Refusal(422, "NaN", `${params["by"]} is no number`);
          count += by;
          return { status: 200, body: { count, body }, headers: { etag: "x" } };
        },
      },
    ],
    codes: { unserved: "U", malformed: "M", "rate-limit": "R", error: "E" },
    answer: (request, handle) => handle(request),
    refuse: ({ status, code, message }) => ({ status, body: { code, message } }),
    holds: () => [`count ${count}`],
  };

  beforeEach(async () => {
    count = 0;
    log = [];
    server = await serve(counter, { log: (line) => log.push(line) });
  });
  afterEach(() => server.stop());

  const call = (method: string, path: string, body?: string) => fetch(server.url + path, { method, body });

  it("answers on the loopback interface, with the path's parts and the body", async () => {
    assert.match(server.url, /^http:\/\/127\.0\.0\.1:\d+$/);
    const reply = await call("POST", "/count/%32", '{"a":1}');
    assert.equal(reply.headers.get("content-type"), "application/json");
    assert.equal(reply.headers.get("etag"), "x");
    assert.deepEqual(await reply.json(), { count: 2, body: { a: 1 } });
    assert.deepEqual(server.holds(), ["count 2"]);
    assert.deepEqual(server.calls, [
      { method: "POST", path: "/count/%32", outcome: "answered", status: 200 },
    ]);
    assert.deepEqual(log, ["counter: POST /count/%32 -> 200"]);
  });

  const unserved: [method: string, path: string][] = [
    ["GET", "/"],
    ["GET", "/count/1"],
    ["DELETE", "/count/1"],
    ["POST", "/count/1/"],
    ["POST", "/count/"],
    ["GET", "/count?unit=s&other=1"],
    ["POST", "/count/1?unit=s"],
  ];
  for (const [method, path] of unserved) {
    // 404 would tell the plugins that a resource is gone.
    it(`does not serve ${method} ${path}, with status 400 and a line that says so`, async () => {
      const message = `the lab does not serve ${method} ${path}`;
      const reply = await call(method, path);
      assert.equal(reply.status, 400);
      assert.deepEqual(await reply.json(), { code: "U", message });
      assert.deepEqual(server.calls, [{ method, path, outcome: "unserved", status: 400, problem: message }]);
      assert.deepEqual(log, [`counter: ${method} ${path} -> UNSERVED 400: ${message}`]);
      assert.equal(count, 0);
    });
  }

  it("serves a query with the names it knows", async () => {
    assert.equal((await call("GET", "/count?unit=s")).status, 200);
  });

  it("tells a refusal of the service from a call nobody knows", async () => {
    const reply = await call("POST", "/count/one");
    assert.deepEqual([reply.status, await reply.json()], [422, { code: "NaN", message: "one is no number" }]);
    assert.equal(server.calls[0]?.outcome, "refused");
    assert.deepEqual(log, ["counter: POST /count/one -> REFUSED 422: one is no number"]);
  });

  it("refuses a body that is not JSON without a word of it", async () => {
    const reply = await call("POST", "/count/1", "needle");
    assert.deepEqual(
      [reply.status, await reply.json()],
      [400, { code: "M", message: "the body is not JSON" }],
    );
    assert.doesNotMatch(log.join(), /needle/);
  });

  it("uses the port it is given", async () => {
    const { port } = new URL(server.url);
    await server.stop();
    server = await serve(counter, { port: Number(port) });
    assert.equal(new URL(server.url).port, port);
  });

  it("says why it cannot start", async () => {
    await assert.rejects(serve(counter, { port: Number(new URL(server.url).port) }), /EADDRINUSE/);
  });

  it("leaves nothing listening, not even for a caller that waits", async () => {
    server.fail({ kind: "time-out", seconds: 60 });
    const waiting = assert.rejects(call("GET", "/count"));
    while (server.calls.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    await server.stop();
    await waiting;
    await assert.rejects(call("GET", "/count"));
  });

  describe("told to fail", () => {
    it("with 429 says when to come back", async () => {
      server.fail({ kind: "rate-limit", seconds: 7 });
      const reply = await call("POST", "/count/1");
      assert.deepEqual([reply.status, reply.headers.get("retry-after")], [429, "7"]);
      assert.equal(((await reply.json()) as { code: string }).code, "R");
      assert.deepEqual(server.calls, [
        { method: "POST", path: "/count/1", outcome: "rate-limit", status: 429 },
      ]);
      assert.deepEqual(log, ["counter: POST /count/1 -> RATE-LIMIT 429"]);
      assert.equal(count, 0);
    });

    it("with 500 does nothing", async () => {
      server.fail({ kind: "error" });
      const reply = await call("POST", "/count/1");
      assert.deepEqual([reply.status, reply.headers.get("retry-after")], [500, null]);
      assert.equal(count, 0);
    });

    it("with a time-out never answers", async () => {
      server.fail({ kind: "time-out", seconds: 0.05 });
      const begin = performance.now();
      await assert.rejects(call("POST", "/count/1"), ({ cause }: Error) => {
        return (cause as NodeJS.ErrnoException).code === "ECONNRESET";
      });
      assert.ok(performance.now() - begin >= 45);
      assert.deepEqual(server.calls, [{ method: "POST", path: "/count/1", outcome: "time-out" }]);
      assert.deepEqual(log, ["counter: POST /count/1 -> TIME-OUT"]);
      assert.equal(count, 0);
    });

    for (const kind of ["error", "time-out"] as const) {
      it(`with a lost answer (${kind}) does it all the same`, async () => {
        server.fail({ kind, seconds: 0.01, takesEffect: true });
        await call("POST", "/count/1").catch(() => {});
        assert.equal(count, 1);
        assert.equal(server.calls[0]?.outcome, kind);
      });
    }

    it("fails the calls that match, as many as were asked for, in the order they were set", async () => {
      server.fail({ kind: "error", times: 2, method: "POST" });
      server.fail({ kind: "rate-limit", path: /^\/count\/3/ });
      const statuses = [];
      for (const path of ["/count", "/count/3", "/count/1", "/count/1", "/count/3", "/count/3"]) {
        statuses.push((await call(path === "/count" ? "GET" : "POST", path)).status);
      }
      assert.deepEqual(statuses, [200, 500, 500, 200, 429, 200]);
    });

    it("matches with any regular expression, a stateful one too", async () => {
      server.fail({ kind: "error", times: 2, path: /count/g });
      assert.equal((await call("GET", "/count")).status, 500);
      assert.equal((await call("GET", "/count")).status, 500);
    });

    for (const times of [0, -1, 1.5, Number.NaN]) {
      it(`refuses to fail ${times} times`, () => {
        const fault: Fault = { kind: "error", times };
        assert.throws(() => server.fail(fault), {
          name: "RangeError",
          message: new RegExp(`times is ${times};`),
        });
      });
    }
  });
});
