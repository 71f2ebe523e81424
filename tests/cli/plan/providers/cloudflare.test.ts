import assert from "node:assert/strict";
import { cloudflare } from "../../../../cli/plan/providers/cloudflare.js";
import type { Values } from "../../../../cli/plan/providers/standIn.js";
import { isSecret, unknown } from "../../../../cli/plan/providers/values.js";
import { asked } from "./bridge.js";

const policy = {
  effect: "allow",
  permissionGroups: [{ id: "a" }],
  resources: '{"com.cloudflare.api.account.zone.1":"*"}',
};
const plain = { name: "dns", policies: [policy], expiresOn: "2999-12-31T00:00:00Z" };
const token = asked(cloudflare, "cloudflare:index/apiToken:ApiToken");

describe("an API token of the stand-in for Cloudflare", () => {
  const within = (changes: Values) => ({ policies: [{ ...policy, ...changes }] });
  const time = "must be a time such as 2027-12-31T00:00:00Z";
  const json = "must be an object, given as JSON text";
  const checked: [what: string, inputs: Values, lines?: string[]][] = [
    ["what the program asks for", plain],
    ["what is not known yet", { name: unknown, policies: unknown, expiresOn: unknown }],
    ["a network", { condition: { requestIp: { ins: ["192.0.2.0/24"] } } }],
    [
      "an address without a length",
      { condition: { requestIp: { ins: ["192.0.2.1"] } } },
      ['condition.requestIp.ins[0]: must match format "cidr"'],
    ],
    ["no name", { name: undefined }, ["name: is required"]],
    ["no policy", { policies: [] }, ["policies: must NOT have fewer than 1 items"]],
    ["an unknown effect", within({ effect: "permit" }), ["policies[0].effect: must be one of allow, deny"]],
    [
      "an effect in capitals",
      within({ effect: "Allow" }),
      ["policies[0].effect: must be one of allow, deny"],
    ],
    ["no effect", within({ effect: undefined }), ["policies[0].effect: is required"]],
    [
      "no permission",
      within({ permissionGroups: [] }),
      ["policies[0].permissionGroups: must NOT have fewer than 1 items"],
    ],
    [
      "a permission by name",
      within({ permissionGroups: [{ id: "a", name: "DNS Write" }] }),
      ["policies[0].permissionGroups[0].name: the stand-in does not know it; the official plugin may"],
    ],
    ["resources that are no JSON", within({ resources: "*" }), [`policies[0].resources: ${json}`]],
    ["no resources", within({ resources: "{}" }), [`policies[0].resources: ${json}`]],
    ["a status", { status: "disabled" }],
    ["an unknown status", { status: "paused" }, ["status: must be one of active, disabled, expired"]],
    ["a day without a time", { expiresOn: "2027-12-31" }, [`expiresOn: ${time}`]],
    ["a day that no calendar has", { notBefore: "2027-02-30T00:00:00Z" }, [`notBefore: ${time}`]],
    ["a time in words", { expiresOn: "31 Dec 2027 UTC" }, [`expiresOn: ${time}`]],
    ["a time with an offset", { expiresOn: "2027-12-31T00:00:00+01:00" }, [`expiresOn: ${time}`]],
  ];
  for (const [what, inputs, lines = []] of checked) {
    it(`${lines.length > 0 ? "is refused" : "is accepted"} with ${what}`, async () =>
      assert.deepEqual(await token.refused({ ...plain, ...inputs }), lines));
  }

  it("has an id and a value of Cloudflare's form, and the value is secret", async () => {
    const [one, two] = [await token.create(plain), await token.create(plain)];
    assert.match(one.id, /^[0-9a-f]{32}$/);
    const { value, status } = one.outputs as { value: { value: string }; status: string };
    assert.ok(isSecret(value));
    assert.match(value.value, /^[\w-]{40}$/);
    assert.notDeepEqual(value, two.outputs["value"]);
    assert.equal(status, "active");
  });

  it("is updated in place, whatever changes, and keeps its value", async () => {
    const news = { ...plain, name: "other", expiresOn: undefined, policies: [{ ...policy, effect: "deny" }] };
    assert.deepEqual(await token.changed(plain, news), [
      "delete expiresOn",
      "update name",
      "update policies[0].effect",
    ]);
    const { value, ...rest } = await token.updated(plain, news);
    assert.ok(isSecret(value));
    assert.equal(rest["name"], "other");
  });

  it("has no known value in a preview of an update", async () => {
    const previewed = await token.updated(plain, { ...plain, name: "other" }, true);
    assert.deepEqual(previewed, { ...plain, name: "other" });
  });

  it("keeps a status that the program no longer gives", async () => {
    assert.deepEqual(await token.changed({ ...plain, status: "active" }, plain), []);
    assert.deepEqual(await token.changed(plain, { ...plain, status: "disabled" }), ["update status"]);
  });

  it("is not made, nor recorded, after it has expired", () =>
    assert.rejects(token.create({ ...plain, expiresOn: "2020-01-01T00:00:00Z" }), {
      message: "Cloudflare makes no token that has expired: 2020-01-01T00:00:00Z",
    }));

  it("is gone at a refresh once it has expired", async () => {
    assert.deepEqual((await token.refreshed(plain))!["inputs"], plain);
    assert.ok(isSecret((await token.refreshed(plain))!["outputs"].value));
    assert.equal(await token.refreshed({ ...plain, status: "expired" }), undefined);
    const made = await token.create(plain);
    const { now } = Date;
    Date.now = () => Date.parse(plain.expiresOn);
    try {
      assert.equal(await token.refreshed(plain, made), undefined);
    } finally {
      Date.now = now;
    }
  });
});

describe("what the stand-in for Cloudflare finds", () => {
  const call = (name: string, args: object) =>
    cloudflare.functions![`cloudflare:index/${name}:${name}`]!(args);

  it("is a zone by name, the same each time", () => {
    const zone = call("getZone", { filter: { name: "example.org" } });
    assert.match(zone["zoneId"], /^[0-9a-f]{32}$/);
    assert.equal(zone["id"], zone["zoneId"]);
    assert.deepEqual(call("getZone", { filter: { name: "example.org" } }), zone);
    assert.notEqual(call("getZone", { filter: { name: "example.com" } })["id"], zone["id"]);
    assert.equal(call("getZone", { zoneId: "a" })["zoneId"], "a");
  });

  const either = "getZone takes either filter or zoneId";
  const alone = "the stand-in for cloudflare finds a zone by zoneId or filter.name alone";
  const refused: [args: object, message: string][] = [
    [{}, either],
    [{ filter: { name: "example.org" }, zoneId: "a" }, either],
    [{ filter: {} }, alone],
    [{ filter: { name: "example.org", status: "pending" } }, alone],
  ];
  for (const [args, message] of refused) {
    it(`is no zone by ${JSON.stringify(args)}`, () =>
      assert.throws(() => call("getZone", args), { message }));
  }

  it("are permission groups by exact name and scope, which the plugin encodes itself", () => {
    const names = (args: object) =>
      call("getApiTokenPermissionGroupsList", args)["results"].map(({ name }: { name: string }) => name);
    assert.deepEqual(names({ name: "DNS Write", scope: "com.cloudflare.api.account.zone" }), ["DNS Write"]);
    assert.deepEqual(names({ name: "DNS Write", scope: "com.cloudflare.api.user" }), []);
    assert.deepEqual(names({ name: "DNS%20Write" }), []);
    assert.deepEqual(names({ maxItems: 2 }), ["DNS Write", "DNS Read"]);
    assert.equal(names({ maxItems: 0 }).length, 5);
  });
});
