import assert from "node:assert/strict";
import fc from "fast-check";
import {
  DnsApiToken,
  type DnsApiTokenArgs,
  permissionGroupIds,
  requestCondition,
  tokenName,
  tokenPolicy,
} from "../../../components/certificates/dnsApiToken.js";
import { leftOutOfBackups } from "../../../components/common/stateSecret.js";
import { capture, type CaptureOptions } from "../../kit/capture.js";

const scope = "com.cloudflare.api.account.zone";
const groups = [
  { id: "dns-write-id", name: "DNS Write", scopes: [scope] },
  { id: "account-dns-write-id", name: "DNS Write", scopes: ["com.cloudflare.api.account"] },
  { id: "zone-settings-read-id", name: "Zone Settings Read", scopes: [scope] },
  { id: "a-zone-read-id", name: "Zone Read", scopes: [scope] },
];
const tokenType = "cloudflare:index/apiToken:ApiToken";
const secretType = "kubernetes:core/v1:Secret";
const value = "value-of-the-token";

const args: DnsApiTokenArgs = {
  zone: "example.org",
  expiresOn: "2027-12-31T00:00:00Z",
  serial: 3,
  secretNamespace: "cert-manager",
  cluster: "musashi",
};

function run(change: Partial<DnsApiTokenArgs> = {}, options: CaptureOptions = {}) {
  return capture(() => new DnsApiToken("dns", { ...args, ...change }), {
    outputs: (type): Record<string, unknown> => (type === tokenType ? { value } : {}),
    invoke: (token) => {
      if (token === "cloudflare:index/getZone:getZone") return { zoneId: "z123" };
      return { results: groups };
    },
    ...options,
  });
}

describe("DnsApiToken", () => {
  it("looks the zone up by name and the permission groups by scope", async () => {
    const asked = (await run()).invokes.map(({ token, inputs }) => [token, inputs]);
    assert.equal(asked.length, 2);
    assert.deepEqual(Object.fromEntries(asked), {
      "cloudflare:index/getZone:getZone": { filter: { name: "example.org" } },
      "cloudflare:index/getApiTokenPermissionGroupsList:getApiTokenPermissionGroupsList": { scope },
    });
  });

  it("makes a token for exactly that zone, with two sorted permissions, until the date of its arguments", async () => {
    const token = (await run()).one(tokenType);
    assert.equal(token.name, "dns-token-3");
    assert.equal(token.parent, "dns");
    assert.deepEqual(token.inputs, {
      name: "musashi/example.org cert-manager DNS-01 #3",
      expiresOn: "2027-12-31T00:00:00Z",
      policies: [
        {
          effect: "allow",
          permissionGroups: [{ id: "a-zone-read-id" }, { id: "dns-write-id" }],
          resources: '{"com.cloudflare.api.account.zone.z123":"*"}',
        },
      ],
    });
    assert.deepEqual(token.additionalSecretOutputs, ["value"]);
  });

  it("limits where the token may be used from, when asked to", async () => {
    const token = (await run({ allowedCidrs: ["203.0.113.0/24", "198.51.100.7/32"] })).one(tokenType);
    assert.deepEqual(token.inputs["condition"], {
      requestIp: { ins: ["198.51.100.7/32", "203.0.113.0/24"] },
    });
  });

  for (const preview of [false, true]) {
    it(`keeps the value secret and writes it to the one Secret cert-manager reads (preview ${preview})`, async () => {
      const all = await run({}, { preview });
      const secret = all.one(secretType);
      assert.equal(secret.name, "dns-secret");
      assert.equal(secret.parent, "dns");
      assert.deepEqual(secret.inputs["metadata"], {
        name: "cloudflare-api-token",
        namespace: "cert-manager",
        labels: leftOutOfBackups,
      });
      assert.equal(secret.inputs["type"], "Opaque");
      assert.deepEqual(Object.keys(secret.inputs["stringData"] as object), ["api-token"]);
      assert.equal(secret.isSecret("stringData"), true);
      assert.deepEqual(secret.dependencies, ["dns-token-3"]);
      if (!preview) assert.equal(secret.inputs["stringData"]["api-token"], value);
      const others = all.resources.filter((resource) => resource !== secret);
      assert.equal(
        JSON.stringify(others.map(({ inputs, outputs }) => [inputs, outputs])).includes(value),
        false,
      );
    });
  }

  it("exposes identifiers and the expiry, not the value", async () => {
    assert.deepEqual((await run()).one("cluster-security:certificates:DnsApiToken").outputs, {
      zoneId: "z123",
      tokenId: "dns-token-3-id",
      secretName: "cloudflare-api-token",
      expiresOn: "2027-12-31T00:00:00Z",
    });
  });

  it("replaces the token and nothing else when the serial is raised", async () => {
    const [before, after] = [await run({ serial: 3 }), await run({ serial: 4 })];
    assert.deepEqual(
      after.shape().filter((resource) => !before.shape().includes(resource)),
      [`${tokenType} dns-token-4`],
    );
    assert.deepEqual(
      before.shape().filter((resource) => !after.shape().includes(resource)),
      [`${tokenType} dns-token-3`],
    );
    // Made before the old one goes: neither asks for the opposite order.
    assert.equal(after.one(tokenType).deleteBeforeReplace, false);
    assert.equal(after.one(secretType).deleteBeforeReplace, false);
  });

  it("moves the expiry without a new token", async () => {
    const moved = await run({ expiresOn: "2028-12-31T00:00:00Z" });
    assert.deepEqual(moved.shape(), (await run()).shape());
    assert.equal(moved.one(tokenType).inputs["expiresOn"], "2028-12-31T00:00:00Z");
  });

  it("registers the same resources with known and unknown values", async () => {
    assert.deepEqual((await run({}, { preview: true })).shape(), (await run()).shape());
  });
});

describe("permissionGroupIds", () => {
  it("matches name and scope exactly, whatever the order of the list", () => {
    fc.assert(
      fc.property(fc.shuffledSubarray(groups, { minLength: groups.length }), (shuffled) => {
        assert.deepEqual(permissionGroupIds(shuffled), ["a-zone-read-id", "dns-write-id"]);
      }),
    );
  });

  const cases = {
    "none of that name": {
      found: groups.filter((group) => group.name !== "Zone Read"),
      message: `expected exactly one Cloudflare permission group "Zone Read" of scope ${scope}, found none among 3`,
    },
    "none of that scope": {
      found: groups.filter((group) => group.id !== "dns-write-id"),
      message: `expected exactly one Cloudflare permission group "DNS Write" of scope ${scope}, found none among 3`,
    },
    two: {
      found: [...groups, { id: "second", name: "DNS Write", scopes: [scope] }],
      message: `expected exactly one Cloudflare permission group "DNS Write" of scope ${scope}, found dns-write-id, second among 5`,
    },
  };
  for (const [title, { found, message }] of Object.entries(cases)) {
    it(`refuses ${title}`, () => {
      assert.throws(() => permissionGroupIds(found), { message });
    });
  }
});

describe("parts of the token", () => {
  it("names the zone alone where the cluster has no name", () => {
    assert.equal(tokenName({ zone: "example.org", serial: 1 }), "example.org cert-manager DNS-01 #1");
  });

  it("names one resource in the policy, whatever the zone", () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[0-9a-f]{32}$/), (zone) => {
        const { resources } = tokenPolicy(zone, []);
        assert.deepEqual(JSON.parse(resources), { [`${scope}.${zone}`]: "*" });
      }),
    );
  });

  it("sends no condition rather than an empty one", () => {
    assert.equal(requestCondition([]), undefined);
  });

  it("sorts networks and drops repetitions", () => {
    assert.deepEqual(requestCondition(["b", "a", "b"]), { requestIp: { ins: ["a", "b"] } });
  });
});
