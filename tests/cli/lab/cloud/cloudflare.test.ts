import assert from "node:assert/strict";
import { permissionGroupIds } from "../../../../components/certificates/dnsApiToken.js";
import { cloudflareEnvironment } from "../../../../cli/lab/cloud/cloudflare.js";
import { dnsWrite, startServer, zoneRead, type Cloudflare } from "./calls.js";

describe("Cloudflare in the lab", () => {
  let lab: Cloudflare;
  const call: Cloudflare["call"] = (...request) => lab.call(...request);
  beforeEach(async () => void (lab = await startServer()));
  afterEach(() => lab.server.stop());

  it("points the official plugin at itself", () => {
    assert.deepEqual(cloudflareEnvironment(lab.server), {
      CLOUDFLARE_BASE_URL: `${lab.server.url}/client/v4`,
      CLOUDFLARE_API_TOKEN: lab.server.apiToken,
    });
    // The plugin refuses any other form.
    assert.match(lab.server.apiToken, /^[0-9A-Za-z_-]{40}$/);
  });

  describe("callers", () => {
    for (const [who, headers] of [
      ["nobody", { authorization: "" }],
      ["somebody else", { authorization: "Bearer needle" }],
      ["a legacy key", { authorization: "", "x-auth-key": "needle", "x-auth-email": "a@example.com" }],
    ] as const) {
      it(`turns away ${who}`, async () => {
        const { status, body } = await call("GET /zones", undefined, headers);
        assert.equal(status, 401);
        assert.equal(body.errors[0].message, "the call does not carry the lab's API token");
        assert.doesNotMatch(lab.log.join(), /needle/);
      });
    }
  });

  describe("zones", () => {
    it("finds one by name, and by the identifier found", async () => {
      const { body } = await call("GET /zones?name=example.com");
      assert.deepEqual([body.success, body.errors, body.messages], [true, [], []]);
      assert.equal(body.result.length, 1);
      assert.deepEqual([body.result[0].name, body.result[0].status], ["example.com", "active"]);
      assert.match(body.result[0].id, /^[0-9a-f]{32}$/);
      assert.deepEqual((await call(`GET /zones/${body.result[0].id}`)).body.result, body.result[0]);
    });

    it("keeps its identifier from one run to the next", async () => {
      const other = await startServer();
      await other.server.stop();
      assert.equal(other.zoneId, lab.zoneId);
    });

    it("finds none by another name or identifier", async () => {
      assert.deepEqual((await call("GET /zones?name=example.net")).body.result, []);
      const { status, body } = await call("GET /zones/0");
      assert.equal(status, 404);
      assert.deepEqual(body, {
        success: false,
        errors: [{ code: 1001, message: "there is no zone 0" }],
        messages: [],
        result: null,
      });
    });
  });

  describe("permission groups", () => {
    it("are the ones the component looks for, each exactly once", async () => {
      const { body } = await call("GET /user/tokens/permission_groups?scope=com.cloudflare.api.account.zone");
      assert.deepEqual(permissionGroupIds(body.result), [dnsWrite, zoneRead]);
    });

    it("are filtered by exact name and scope", async () => {
      const names = async (query: string) =>
        (await call(`GET /user/tokens/permission_groups${query}`)).body.result.map(({ name }: any) => name);
      assert.equal((await names("")).length, 5);
      assert.deepEqual(await names("?scope=com.cloudflare.api.user"), [
        "API Tokens Write",
        "API Tokens Read",
      ]);
      assert.deepEqual(await names("?name=DNS%20Write"), ["DNS Write"]);
      // What the plugin sends for a name that is encoded already.
      assert.deepEqual(await names("?name=DNS%2520Write"), []);
    });
  });

  for (const unserved of [
    "GET /user/tokens",
    "GET /accounts",
    "GET /zones?status=active",
    "PUT /user/tokens/0/value",
  ]) {
    it(`does not serve ${unserved}`, async () => {
      const { status, body } = await call(unserved);
      assert.deepEqual([status, body.success, body.errors[0].code], [400, false, 7000]);
      assert.match(lab.log.at(-1)!, / -> 400: the lab does not serve /);
    });
  }
});
