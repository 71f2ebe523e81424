import assert from "node:assert/strict";
import { Refusal, serveCloudflare, type ApiRoute, type ServedApi } from "../../../../cli/lab/cloud/server.js";

describe("a cloud's server", () => {
  let count: number;
  let log: string[];
  let server: ServedApi;

  const routes: ApiRoute[] = [
    { call: "GET /count", query: ["unit"], handle: () => count },
    {
      call: "POST /count/:by",
      handle({ params, body }) {
        const by = Number(params["by"]);
        if (Number.isNaN(by)) throw new Refusal(422, 5, `${params["by"]} is no number`);
        count += by;
        return { count, body };
      },
    },
  ];

  beforeEach(async () => {
    count = 0;
    log = [];
    server = await serveCloudflare(routes, { apiToken: "a", log: (line) => log.push(line) });
  });
  afterEach(() => server.stop());

  const call = (method: string, path: string, body?: string) =>
    fetch(server.url + path, { method, body, headers: { authorization: "Bearer a" } });
  const refused = (code: number, message: string) => ({
    success: false,
    errors: [{ code, message }],
    messages: [],
    result: null,
  });

  it("answers on the loopback interface, with the path's parts and the body", async () => {
    assert.match(server.url, /^http:\/\/127\.0\.0\.1:\d+$/);
    const reply = await call("POST", "/count/%32", '{"a":1}');
    assert.equal(reply.headers.get("content-type"), "application/json");
    assert.deepEqual(await reply.json(), {
      success: true,
      errors: [],
      messages: [],
      result: { count: 2, body: { a: 1 } },
    });
    assert.deepEqual(log, ["cloudflare: POST /count/%32 -> 200"]);
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
      assert.deepEqual(await reply.json(), refused(7000, message));
      assert.deepEqual(log, [`cloudflare: ${method} ${path} -> 400: ${message}`]);
      assert.equal(count, 0);
    });
  }

  it("serves a query with the names it knows", async () => {
    assert.equal((await call("GET", "/count?unit=s")).status, 200);
  });

  it("tells a refusal of the service from a call nobody knows", async () => {
    const reply = await call("POST", "/count/one");
    assert.deepEqual([reply.status, await reply.json()], [422, refused(5, "one is no number")]);
    assert.deepEqual(log, ["cloudflare: POST /count/one -> 422: one is no number"]);
  });

  it("refuses a body that is not JSON without a word of it", async () => {
    const reply = await call("POST", "/count/1", "needle");
    assert.deepEqual([reply.status, await reply.json()], [400, refused(1001, "the body is not JSON")]);
    assert.doesNotMatch(log.join(), /needle/);
  });

  it("leaves nothing listening", async () => {
    await server.stop();
    await assert.rejects(call("GET", "/count"));
  });
});
