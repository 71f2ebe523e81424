import assert from "node:assert/strict";
import { oci as ociWith } from "../../../../cli/plan/providers/oci.js";
import type { Values } from "../../../../cli/plan/providers/standIn.js";
import { unknown } from "../../../../cli/plan/providers/values.js";
import { asked } from "./bridge.js";

const oci = ociWith();
const identity = { name: "backups-velero", description: "Backups" };
const rule = { name: "a", action: "DELETE", timeAmount: "14", timeUnit: "DAYS", isEnabled: true };

/** Of each type, what has to be given, and the form of the id. */
const types: Record<string, { inputs: Values; id: RegExp }> = {
  "ObjectStorage/bucket:Bucket": {
    inputs: { compartmentId: "c", namespace: "n", name: "backups" },
    id: /^n\/n\/b\/backups$/,
  },
  "ObjectStorage/objectLifecyclePolicy:ObjectLifecyclePolicy": {
    inputs: { namespace: "n", bucket: "backups", rules: [rule, { ...rule, name: "b" }] },
    id: /^n\/n\/b\/backups\/l$/,
  },
  "Identity/user:User": { inputs: identity, id: /^ocid1\.user\.oc1\.\.[0-9a-f]{60}$/ },
  "Identity/group:Group": { inputs: identity, id: /^ocid1\.group\.oc1\.\.[0-9a-f]{60}$/ },
  "Identity/policy:Policy": {
    inputs: { ...identity, compartmentId: "t", statements: ["Allow group a to read buckets in tenancy"] },
    id: /^ocid1\.policy\.oc1\.\.[0-9a-f]{60}$/,
  },
  "Identity/userGroupMembership:UserGroupMembership": {
    inputs: { groupId: "g", userId: "u" },
    id: /^ocid1\.groupmembership\.oc1\.\.[0-9a-f]{60}$/,
  },
  "Identity/userCapabilitiesManagement:UserCapabilitiesManagement": {
    inputs: { userId: "u" },
    id: /^capabilities\/u$/,
  },
  "Identity/customerSecretKey:CustomerSecretKey": {
    inputs: { userId: "u", displayName: "velero" },
    id: /^[0-9a-f]{40}$/,
  },
};
const known = (type: string) => asked(oci, `oci:${type}`);

describe("the stand-in for Oracle Cloud", () => {
  it("knows these types", () =>
    assert.deepEqual(
      oci.types,
      Object.keys(types).map((type) => `oci:${type}`),
    ));

  for (const [type, { inputs, id }] of Object.entries(types)) {
    it(`makes a ${type} with an id of Oracle's form`, async () => {
      assert.deepEqual(await known(type).refused(inputs), []);
      assert.match((await known(type).create(inputs)).id, id);
    });

    it(`wants all of what a ${type} requires, and takes nothing it would not heed`, async () => {
      assert.deepEqual(
        await known(type).refused({ freeformTags: {} }),
        [...Object.keys(inputs).filter((key) => key !== "rules"), "freeformTags"].map(
          (key) =>
            `${key}: ${key === "freeformTags" ? "the stand-in does not know it; the official plugin may" : "is required"}`,
        ),
      );
    });
  }

  const bucket = "ObjectStorage/bucket:Bucket";
  const lifecycle = "ObjectStorage/objectLifecyclePolicy:ObjectLifecyclePolicy";
  const membership = "Identity/userGroupMembership:UserGroupMembership";
  const refused: [type: string, inputs: Values, line: string][] = [
    [
      bucket,
      { accessType: "Public" },
      "accessType: must be one of NoPublicAccess, ObjectRead, ObjectReadWithoutList",
    ],
    [bucket, { storageTier: "standard" }, "storageTier: must be one of Standard, Archive"],
    [bucket, { versioning: "On" }, "versioning: must be one of Enabled, Disabled"],
    [bucket, { name: "a b" }, "name: must match ^[A-Za-z0-9._-]{1,256}$"],
    [lifecycle, { rules: [{ ...rule, timeUnit: "WEEKS" }] }, "rules[0].timeUnit: must be one of DAYS, YEARS"],
    [lifecycle, { rules: [{ ...rule, timeAmount: "two" }] }, "rules[0].timeAmount: must match ^[0-9]{1,18}$"],
    [lifecycle, { rules: [{ ...rule, timeAmount: 14 }] }, "rules[0].timeAmount: must be string"],
    ["Identity/user:User", { name: "a b" }, "name: must match ^[A-Za-z0-9._-]{1,100}$"],
    ["Identity/group:Group", { name: "a".repeat(101) }, "name: must match ^[A-Za-z0-9._-]{1,100}$"],
    ["Identity/user:User", { description: "" }, "description: must NOT have fewer than 1 characters"],
    ["Identity/policy:Policy", { statements: [] }, "statements: must NOT have fewer than 1 items"],
    [
      "Identity/policy:Policy",
      { statements: ["Allow group a to read buckets in tenancy", "group a may read buckets", unknown] },
      'statements[1]: must begin with a verb such as "Allow"',
    ],
  ];
  for (const [type, inputs, line] of refused) {
    it(`refuses a ${type} with ${JSON.stringify(inputs).slice(0, 80)}`, async () =>
      assert.deepEqual(await known(type).refused({ ...types[type]!.inputs, ...inputs }), [line]));
  }

  // What is not here is updated in place.
  const replaced: Record<string, string[]> = {
    [bucket]: ["name", "namespace", "storageTier"],
    [lifecycle]: ["bucket", "namespace"],
    "Identity/user:User": ["compartmentId", "name"],
    "Identity/group:Group": ["compartmentId", "name"],
    "Identity/policy:Policy": ["compartmentId", "name"],
    [membership]: ["groupId", "userId"],
    "Identity/userCapabilitiesManagement:UserCapabilitiesManagement": ["userId"],
    "Identity/customerSecretKey:CustomerSecretKey": ["userId"],
  };
  for (const [type, properties] of Object.entries(replaced)) {
    it(`replaces a ${type} for ${properties.join(", ")} alone, and deletes first what has a name`, async () => {
      const olds = { ...types[type]!.inputs, ...Object.fromEntries(properties.map((key) => [key, "old"])) };
      const others = Object.keys(olds).filter((key) => !properties.includes(key));
      const first = "name" in olds ? ["delete first"] : [];
      for (const property of properties) {
        assert.deepEqual(await known(type).changed(olds, { ...olds, [property]: "new" }), [
          ...first,
          `replace ${property}`,
        ]);
      }
      for (const property of others) {
        assert.deepEqual(await known(type).changed(olds, { ...olds, [property]: "new" }), [
          `update ${property}`,
        ]);
      }
    });
  }

  it("gives a bucket its defaults", async () => {
    const { outputs } = await known(bucket).create(types[bucket]!.inputs);
    const { accessType, storageTier, versioning, autoTiering } = outputs;
    assert.deepEqual(
      [accessType, storageTier, versioning, autoTiering],
      ["NoPublicAccess", "Standard", "Disabled", "Disabled"],
    );
  });

  const same: [what: string, type: string, olds: Values, news: Values, lines: string[]][] = [
    ["a default that is given", bucket, {}, { accessType: "NoPublicAccess" }, []],
    ["a default that comes back", bucket, { accessType: "ObjectRead" }, {}, ["update accessType"]],
    ["what stays when it is left out", bucket, { versioning: "Enabled", storageTier: "Archive" }, {}, []],
    ["an address that is left out", "Identity/user:User", { email: "a@example.org" }, {}, []],
    ["a compartment that nobody reads", membership, { compartmentId: "t" }, {}, []],
    [
      "a capability that is left out",
      "Identity/userCapabilitiesManagement:UserCapabilitiesManagement",
      { canUseApiKeys: false },
      {},
      [],
    ],
    [
      "the order of rules",
      lifecycle,
      {},
      {
        rules: [
          { ...rule, name: "b" },
          { ...rule, target: "objects" },
        ],
      },
      [],
    ],
    [
      "a rule",
      lifecycle,
      {},
      { rules: [{ ...rule, timeAmount: "7" }] },
      ["update rules[0].timeAmount", "delete rules[1]"],
    ],
  ];
  for (const [what, type, olds, news, lines] of same) {
    it(`shows ${what} as ${lines.join(" and ") || "no change"}`, async () => {
      const { inputs } = types[type]!;
      assert.deepEqual(await known(type).changed({ ...inputs, ...olds }, { ...inputs, ...news }), lines);
    });
  }

  it("keeps on record what an update leaves out", async () => {
    const { inputs } = types["Identity/user:User"]!;
    const updated = await known("Identity/user:User").updated(
      { ...inputs, email: "a@example.org" },
      { ...inputs, description: "Other" },
    );
    assert.deepEqual(updated, { ...inputs, description: "Other", email: "a@example.org", state: "ACTIVE" });
    const versioned = { ...types[bucket]!.inputs, versioning: "Enabled", accessType: "ObjectRead" };
    const { accessType, versioning } = await known(bucket).updated(versioned, types[bucket]!.inputs);
    assert.deepEqual([accessType, versioning], ["NoPublicAccess", "Enabled"]);
  });

  it("cannot take versioning away again", () => {
    const { inputs } = types[bucket]!;
    const to = (versioning: string) => ({ ...inputs, versioning });
    return assert.rejects(known(bucket).updated(to("Enabled"), to("Disabled")), {
      message: 'Object Storage does not take a bucket\'s versioning from "Enabled" to "Disabled"',
    });
  });

  it("cannot update a membership, not even what is ignored", () =>
    assert.rejects(
      known(membership).updated(types[membership]!.inputs, {
        ...types[membership]!.inputs,
        compartmentId: "t",
      }),
      { message: "doesn't support update" },
    ));

  it("does not make a customer's secret key secret", async () => {
    const { outputs } = await known("Identity/customerSecretKey:CustomerSecretKey").create({
      userId: "u",
      displayName: "v",
    });
    assert.equal(Buffer.from(outputs["key"], "base64").length, 32);
  });

  it("knows the namespace of a tenancy", () => {
    const find = oci.functions!["oci:ObjectStorage/getNamespace:getNamespace"]!;
    assert.match(find({ compartmentId: "a" })["namespace"], /^[0-9a-f]{12}$/);
    assert.deepEqual(find({ compartmentId: "a" }), find({ compartmentId: "a" }));
  });

  it("finds a bucket that is there by its import id, and no other", async () => {
    const there = { namespace: "n", name: "backups", versioning: "Disabled" };
    const kind = ociWith([there]).kind(`oci:${bucket}`)!;
    const context = { urn: "urn:pulumi:s::p::t::x", type: "", name: "x" };
    const found = await kind.find!("n/n/b/backups", context);
    assert.deepEqual(found!.inputs, there);
    assert.deepEqual(Object.keys(found!.outputs!), ["bucketId", "etag"]);
    assert.equal(await kind.find!("n/n/b/other", context), undefined);
    assert.equal(await oci.kind(`oci:${bucket}`)!.find!("n/n/b/backups", context), undefined);
  });
});
