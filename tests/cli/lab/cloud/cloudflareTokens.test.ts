import assert from "node:assert/strict";
import { requestCondition, tokenName, tokenPolicy } from "../../../../components/certificates/dnsApiToken.js";
import { dnsWrite, startServer, zoneRead, type Cloudflare } from "./calls.js";

const tokensWrite = "686d18d5ac6c441c867cbf6771e58a0a";

describe("Cloudflare in the lab", () => {
  let lab: Cloudflare;
  const call: Cloudflare["call"] = (...request) => lab.call(...request);
  beforeEach(async () => void (lab = await startServer()));
  afterEach(() => lab.server.stop());

  const token = (changes: Record<string, unknown> = {}) => ({
    name: "example",
    policies: [policy()],
    expires_on: "2999-12-31T00:00:00Z",
    ...changes,
  });
  const policy = (changes: Record<string, unknown> = {}) => ({
    effect: "allow",
    permission_groups: [{ id: dnsWrite }, { id: zoneRead }],
    resources: { [`com.cloudflare.api.account.zone.${lab.zoneId}`]: "*" },
    ...changes,
  });

  describe("tokens", () => {
    it("shows the value in the answer that makes the token and in no other", async () => {
      const created = await call("POST /user/tokens", token());
      const { value, ...rest } = created.body.result;
      assert.match(value, /^[0-9A-Za-z_-]{40}$/);
      const read = await call(`GET /user/tokens/${rest.id}`);
      assert.deepEqual(read.body.result, rest);
      const updated = await call(`PUT /user/tokens/${rest.id}`, token({ name: "other" }));
      assert.equal("value" in updated.body.result, false);
      const deleted = await call(`DELETE /user/tokens/${rest.id}`);
      assert.deepEqual(deleted.body.result, { id: rest.id });
      for (const text of [...lab.log, ...lab.server.holds()]) {
        assert.ok(!text.includes(value) && !text.includes(lab.server.apiToken), text);
      }
    });

    it("returns what was asked for, so that nothing ever shows as a change", async () => {
      const asked = token({ condition: { request_ip: { in: ["192.0.2.0/24", "2001:db8::/32"] } } });
      const { id, policies, ...rest } = (await call("POST /user/tokens", asked)).body.result;
      const [shown] = (await call(`GET /user/tokens/${id}`)).body.result.policies;
      assert.deepEqual(shown, policies[0]);
      assert.deepEqual(
        { ...shown, permission_groups: shown.permission_groups.map(({ id }: any) => ({ id })) },
        asked.policies[0],
      );
      assert.deepEqual(
        [rest.name, rest.expires_on, rest.condition],
        [asked.name, asked.expires_on, asked["condition" as never]],
      );
      assert.equal(rest.status, "active");
      assert.match(rest.issued_on, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
      assert.equal("condition" in (await call("POST /user/tokens", token())).body.result, false);
    });

    it("takes what the component asks for", async () => {
      const { effect, permissionGroups, resources } = tokenPolicy(lab.zoneId, [dnsWrite, zoneRead]);
      const { status, body } = await call("POST /user/tokens", {
        name: tokenName({ cluster: "lab", zone: "example.org", serial: 1 }),
        policies: [{ effect, permission_groups: permissionGroups, resources: JSON.parse(resources) }],
        expires_on: "2999-12-31T00:00:00Z",
        condition: { request_ip: { in: requestCondition(["192.0.2.0/24"])!.requestIp.ins } },
      });
      assert.equal(status, 200, JSON.stringify(body));
    });

    it("replaces all of a token but its identifier", async () => {
      const { id, issued_on } = (await call("POST /user/tokens", token())).body.result;
      const changed = { name: "other", policies: [policy({ permission_groups: [{ id: zoneRead }] })] };
      const { result } = (await call(`PUT /user/tokens/${id}`, changed)).body;
      assert.deepEqual([result.id, result.issued_on, result.name], [id, issued_on, "other"]);
      assert.equal("expires_on" in result, false);
      assert.deepEqual(lab.server.holds(), [`API token ${id} "other"`]);
    });

    it("calls a token expired from its date on", async () => {
      const { id, status } = (await call("POST /user/tokens", token())).body.result;
      assert.equal(status, "active");
      const { now } = Date;
      Date.now = () => Date.parse(token().expires_on);
      try {
        assert.equal((await call(`GET /user/tokens/${id}`)).body.result.status, "expired");
      } finally {
        Date.now = now;
      }
    });

    it("can be disabled", async () => {
      const { result } = (await call("POST /user/tokens", token({ status: "disabled" }))).body;
      assert.equal(result.status, "disabled");
    });

    it("forgets a token that is deleted", async () => {
      const { id } = (await call("POST /user/tokens", token())).body.result;
      assert.equal(lab.server.holds().length, 1);
      await call(`DELETE /user/tokens/${id}`);
      assert.deepEqual(lab.server.holds(), []);
      for (const again of [`GET /user/tokens/${id}`, `DELETE /user/tokens/${id}`]) {
        assert.equal((await call(again)).status, 404);
      }
      assert.equal((await call(`PUT /user/tokens/${id}`, token())).status, 404);
    });

    const zone = (id: string) => `com.cloudflare.api.account.zone.${id}`;
    const refused: [what: string, changes: () => Record<string, unknown>, message: RegExp][] = [
      ["no name", () => ({ name: "" }), /^name: /],
      ["no policy", () => ({ policies: [] }), /^policies: /],
      ["a field it does not know", () => ({ ttl: 1 }), /Unrecognized key: "ttl"/],
      ["another effect", () => ({ policies: [policy({ effect: "maybe" })] }), /^policies\.0\.effect: /],
      [
        "no permission",
        () => ({ policies: [policy({ permission_groups: [] })] }),
        /^policies\.0\.permission_groups: /,
      ],
      [
        "a permission that does not exist",
        () => ({ policies: [policy({ permission_groups: [{ id: "0" }] })] }),
        /^policies\.0\.permission_groups\.0\.id: is no permission group that a zone can have$/,
      ],
      [
        "a permission for something else than a zone",
        () => ({ policies: [policy({ permission_groups: [{ id: tokensWrite }] })] }),
        /is no permission group that a zone can have/,
      ],
      [
        "resources as text",
        () => ({ policies: [policy({ resources: JSON.stringify({ [zone(lab.zoneId)]: "*" }) })] }),
        /^policies\.0\.resources: /,
      ],
      ["no resources", () => ({ policies: [policy({ resources: {} })] }), /are not one zone that exists: $/],
      [
        "an unknown zone",
        () => ({ policies: [policy({ resources: { [zone("0")]: "*" } })] }),
        /are not one zone that exists: com\.cloudflare\.api\.account\.zone\.0$/,
      ],
      [
        "every zone",
        () => ({ policies: [policy({ resources: { [zone("*")]: "*" } })] }),
        /are not one zone that exists: com\.cloudflare\.api\.account\.zone\.\*$/,
      ],
      [
        "more than the zone",
        () => ({
          policies: [policy({ resources: { [zone(lab.zoneId)]: "*", "com.cloudflare.api.user": "*" } })],
        }),
        /are not one zone that exists/,
      ],
      [
        "a part of a zone",
        () => ({ policies: [policy({ resources: { [zone(lab.zoneId)]: "www" } })] }),
        /^policies\.0\.resources\./,
      ],
      ["a date without a time", () => ({ expires_on: "2999-12-31" }), /^expires_on: must be a time such as/],
      ["a day that no calendar has", () => ({ expires_on: "2999-02-30T00:00:00Z" }), /^expires_on: /],
      ["fractions of a second", () => ({ expires_on: "2999-12-31T00:00:00.5Z" }), /^expires_on: /],
      [
        "a date in the past",
        () => ({ expires_on: "2020-01-01T00:00:00Z" }),
        /^expires_on is in the past: 2020/,
      ],
      ...["192.0.2.0/33", "192.0.2.0/x", "192.0.2.0/8/8", "example.com", "2001:db8::/129", ""].map(
        (network): [string, () => Record<string, unknown>, RegExp] => [
          `the network "${network}"`,
          () => ({ condition: { request_ip: { in: [network] } } }),
          /^condition\.request_ip\.in\.0: must be a network such as 192\.0\.2\.0\/24$/,
        ],
      ),
    ];
    for (const [what, changes, message] of refused) {
      it(`refuses a token with ${what}, new or changed`, async () => {
        const { id } = (await call("POST /user/tokens", token())).body.result;
        for (const request of ["POST /user/tokens", `PUT /user/tokens/${id}`]) {
          const { status, body } = await call(request, token(changes()));
          assert.deepEqual([status, body.success, body.errors[0].code], [400, false, 1001]);
          assert.match(body.errors[0].message, message);
        }
        assert.deepEqual(lab.server.holds(), [`API token ${id} "example"`]);
      });
    }
  });
});
