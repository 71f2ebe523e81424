import assert from "node:assert/strict";
import { cloudflare } from "../../../cli/plan/providers/cloudflare.js";
import { command } from "../../../cli/plan/providers/command.js";
import { oci as ociWith } from "../../../cli/plan/providers/oci.js";
import { unknown } from "../../../cli/plan/providers/values.js";

const context = { urn: "urn:pulumi:s::p::t::x", type: "", name: "x" };

const oci = ociWith();

describe("the stand-in for Cloudflare", () => {
  const call = (name: string, args: object) =>
    cloudflare.functions![`cloudflare:index/${name}:${name}`]!(args);
  const token = cloudflare.kind("cloudflare:index/apiToken:ApiToken")!;

  it("finds a zone by name, the same each time", () => {
    const zone = call("getZone", { filter: { name: "example.org" } });
    assert.match(zone["zoneId"], /^[0-9a-f]{32}$/);
    assert.equal(zone["id"], zone["zoneId"]);
    assert.deepEqual(call("getZone", { filter: { name: "example.org" } }), zone);
    assert.notEqual(call("getZone", { filter: { name: "example.com" } })["id"], zone["id"]);
  });

  it("finds permission groups by name and scope, as Cloudflare wants them encoded", () => {
    const names = (args: object) =>
      call("getApiTokenPermissionGroupsList", args)["results"].map(({ name }: { name: string }) => name);
    assert.deepEqual(names({ name: "DNS%20Write", scope: "com.cloudflare.api.account.zone" }), ["DNS Write"]);
    assert.deepEqual(names({ name: "DNS%20Write", scope: "com.cloudflare.api.user" }), []);
    assert.deepEqual(names({ maxItems: 2 }), ["DNS Write", "DNS Read"]);
  });

  it("makes tokens with a secret value", async () => {
    const [one, two] = await Promise.all([token.create({}, context), token.create({}, context)]);
    assert.match(one.outputs!["value"], /^[\w-]{40}$/);
    assert.notEqual(one.outputs!["value"], two.outputs!["value"]);
    assert.deepEqual(token.secretOutputs, ["value"]);
    assert.equal(token.generates, true);
  });

  const policy = { permissionGroups: [{ id: "a" }], resources: '{"com.cloudflare.api.account.zone.1":"*"}' };
  const cases: { inputs: object; lines: string[] }[] = [
    { inputs: { policies: [policy], expiresOn: "2027-12-31T00:00:00Z" }, lines: [] },
    { inputs: { policies: unknown, expiresOn: unknown }, lines: [] },
    {
      inputs: { policies: [{ permissionGroups: [], resources: "*" }], expiresOn: "tomorrow" },
      lines: [
        "expiresOn: must be a time such as 2027-12-31T00:00:00Z",
        "policies[0].permissionGroups: must name at least one group",
        "policies[0].resources: must be an object, given as JSON text",
      ],
    },
    {
      inputs: { policies: [{ ...policy, resources: "{}" }] },
      lines: ["policies[0].resources: must be an object, given as JSON text"],
    },
  ];
  for (const { inputs, lines } of cases) {
    it(`${lines.length > 0 ? "refuses" : "accepts"} ${JSON.stringify(inputs)}`, async () => {
      const { failures } = await token.check!(inputs, context);
      assert.deepEqual(
        failures.map(({ property, reason }) => `${property}: ${reason}`),
        lines,
      );
    });
  }
});

describe("the stand-in for Oracle Cloud", () => {
  it("knows the namespace of a tenancy", () => {
    const find = oci.functions!["oci:ObjectStorage/getNamespace:getNamespace"]!;
    assert.match(find({ compartmentId: "a" })["namespace"], /^[0-9a-f]{12}$/);
    assert.deepEqual(find({ compartmentId: "a" }), find({ compartmentId: "a" }));
  });

  it("identifies what it makes, the same each time", async () => {
    for (const type of oci.types.filter((name) => !oci.kind(name)!.generates)) {
      const make = () =>
        oci.kind(type)!.create({ namespace: "n", name: "b", bucket: "b", userId: "u" }, context);
      const { id } = await make();
      assert.match(id, /^(ocid1\.[a-z]+\.oc1\.\.[0-9a-f]{60}|n\/n\/b\/b(\/l)?|capabilities\/u)$/);
      assert.deepEqual(await make(), await make());
    }
  });

  it("does not make a customer's secret key secret, as the real provider does not", async () => {
    const key = oci.kind("oci:Identity/customerSecretKey:CustomerSecretKey")!;
    assert.equal(key.secretOutputs, undefined);
    assert.equal(key.generates, true);
    const { id, outputs } = await key.create({}, context);
    assert.match(id, /^[0-9a-f]{40}$/);
    assert.equal(Buffer.from(outputs!["key"], "base64").length, 32);
  });

  it("finds a bucket that is there by its import id, and no other", async () => {
    const bucket = { namespace: "n", name: "backups", versioning: "Disabled" };
    const kind = ociWith([bucket]).kind("oci:ObjectStorage/bucket:Bucket")!;
    const found = await kind.find!("n/n/b/backups", context);
    assert.deepEqual(found!.inputs, bucket);
    assert.deepEqual(Object.keys(found!.outputs!), ["bucketId", "etag"]);
    assert.equal(await kind.find!("n/n/b/other", context), undefined);
    assert.equal(
      await oci.kind("oci:ObjectStorage/bucket:Bucket")!.find!("n/n/b/backups", context),
      undefined,
    );
  });

  it("makes up a name where there is none", async () => {
    const user = oci.kind("oci:Identity/user:User")!;
    assert.match((await user.check!({}, context)).defaults!["name"], /^x-[0-9a-f]{7}$/);
    assert.deepEqual((await user.check!({ name: "given" }, context)).defaults, {});
  });

  it("refuses policy statements that are none", async () => {
    const { failures } = await oci.kind("oci:Identity/policy:Policy")!.check!(
      { statements: ["Allow group a to read buckets in tenancy", "group a may read buckets", unknown] },
      context,
    );
    assert.deepEqual(failures, [
      { property: "statements[1]", reason: 'must begin with a verb such as "Allow"' },
    ]);
  });

  const replaced: Record<string, string[]> = {
    "ObjectStorage/bucket:Bucket": ["name", "namespace", "storageTier"],
    "ObjectStorage/objectLifecyclePolicy:ObjectLifecyclePolicy": ["bucket", "namespace"],
    "Identity/user:User": ["compartmentId", "name"],
    "Identity/userGroupMembership:UserGroupMembership": ["compartmentId", "groupId", "userId"],
    "Identity/customerSecretKey:CustomerSecretKey": ["userId"],
  };
  for (const [type, properties] of Object.entries(replaced)) {
    it(`replaces ${type} for ${properties.join(", ")} only`, () => {
      const kind = oci.kind(`oci:${type}`)!;
      const all = [
        "name",
        "namespace",
        "storageTier",
        "bucket",
        "compartmentId",
        "groupId",
        "userId",
        "description",
      ];
      assert.deepEqual(
        all.filter((property) => kind.replaces!({ path: [property], kind: "update" }, {})).sort(),
        [...properties].sort(),
      );
    });
  }
});

describe("the stand-in for commands", () => {
  it("records them and runs nothing", async () => {
    const kind = command.kind("command:remote:Command")!;
    assert.deepEqual(await kind.create({ create: "exit 1" }, context), {
      id: "x",
      outputs: { stdout: "", stderr: "" },
    });
  });
});
