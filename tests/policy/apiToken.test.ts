import assert from "node:assert/strict";
import { tokenPolicy } from "../../components/certificates/dnsApiToken.js";
import { notYetKnown } from "../../policy/resource.js";
import { checkToken } from "../../policy/rules/apiToken.js";

const scope = "com.cloudflare.api.account.zone";
const zone = "0123456789abcdef0123456789abcdef";
const other = "fedcba9876543210fedcba9876543210";
const expiresOn = "2027-12-31T00:00:00Z";
const policy = (resources: unknown, effect: unknown = "allow") => ({
  effect,
  permissionGroups: [],
  resources,
});
const good = policy(JSON.stringify({ [`${scope}.${zone}`]: "*" }));
const notOneZone = (at: string, resources = "nothing") =>
  `${at}.resources is ${resources}, which is not exactly one zone; allowed is ` +
  '{"com.cloudflare.api.account.zone.<id of the zone>": "*"}. Look the zone up by its name.';

describe("policy: token limited to one zone", () => {
  it("passes the token the program makes", () => {
    assert.deepEqual(checkToken({ expiresOn, policies: [tokenPolicy(zone, ["a", "b"])] }), []);
  });
  it("passes several policies for one zone", () => {
    assert.deepEqual(checkToken({ expiresOn, policies: [good, good] }), []);
  });

  const resources: [what: string, text: string | undefined][] = [
    ["every zone", JSON.stringify({ [`${scope}.*`]: "*" })],
    ["two zones", JSON.stringify({ [`${scope}.${zone}`]: "*", [`${scope}.${other}`]: "*" })],
    ["an account", JSON.stringify({ [`com.cloudflare.api.account.${zone}`]: "*" })],
    ["every zone of an account", JSON.stringify({ "com.cloudflare.api.account.a": { [`${scope}.*`]: "*" } })],
    [
      "a zone and its account",
      JSON.stringify({ [`${scope}.${zone}`]: "*", "com.cloudflare.api.account.a": "*" }),
    ],
    ["no zone", "{}"],
    ["text that is no JSON", "all"],
    ["a JSON list", "[]"],
    ["nothing", undefined],
  ];
  for (const [what, text] of resources) {
    it(`refuses resources of ${what}`, () => {
      assert.deepEqual(checkToken({ expiresOn, policies: [good, policy(text)] }), [
        notOneZone("policies[1]", text),
      ]);
    });
  }
  it("refuses one zone in each of two policies", () => {
    const policies = [good, policy(JSON.stringify({ [`${scope}.${other}`]: "*" }))];
    assert.deepEqual(checkToken({ expiresOn, policies }), [
      `policies name 2 zones, ${scope}.${zone} and ${scope}.${other}; a token may be good for one only. Make a token for each.`,
    ]);
  });
  it("refuses a policy that denies", () => {
    assert.deepEqual(checkToken({ expiresOn, policies: [{ ...good, effect: "deny" }] }), [
      'policies[0].effect is "deny"; only "allow" is allowed. List what the token may do and nothing else.',
    ]);
  });
  it("refuses a token without a date or without policies", () => {
    assert.deepEqual(checkToken({ policies: [] }), [
      "expiresOn is not set, so the token never expires. Set a date.",
      'policies is empty; allowed is one policy whose resources are {"com.cloudflare.api.account.zone.<id of the zone>": "*"}. Write it.',
    ]);
  });

  it("passes what is not yet known, and that alone", () => {
    assert.deepEqual(checkToken({ expiresOn: notYetKnown, policies: notYetKnown }), []);
    assert.deepEqual(checkToken({ expiresOn, policies: [notYetKnown] }), []);
    assert.deepEqual(checkToken({ policies: [policy(notYetKnown, notYetKnown), policy("{}")] }), [
      "expiresOn is not set, so the token never expires. Set a date.",
      notOneZone("policies[1]", "{}"),
    ]);
  });
});
