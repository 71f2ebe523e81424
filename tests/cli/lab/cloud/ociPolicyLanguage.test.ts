import assert from "node:assert/strict";
import { lifecycleGrant, writerStatements } from "../../../../components/backups/policyStatements.js";
import { meets, parseStatement, type Condition } from "../../../../cli/lab/cloud/ociPolicyLanguage.js";

describe("Oracle's policy language", () => {
  it("reads who may do what, where and when", () => {
    const text =
      "Allow group writers to read buckets in compartment id ocid1.compartment.oc1..a where target.bucket.name='b'";
    assert.deepEqual(parseStatement(text), {
      subject: { kind: "group", name: "writers" },
      verb: "read",
      resource: "buckets",
      compartmentId: "ocid1.compartment.oc1..a",
      condition: { kind: "equal", variable: "target.bucket.name", value: "b" },
    });
    assert.deepEqual(parseStatement("ALLOW service objectstorage-x TO manage object-family IN tenancy"), {
      subject: { kind: "service", name: "objectstorage-x" },
      verb: "manage",
      resource: "object-family",
      compartmentId: undefined,
      condition: undefined,
    });
  });

  it("reads everything the components write", () => {
    const writer = {
      group: "homelab-backups-velero",
      bucket: "homelab-backups",
      prefixes: ["velero", "pg-dump"],
    };
    const places = ["tenancy", "compartment id ocid1.compartment.oc1..a"];
    for (const place of places) {
      for (const statement of [
        ...writerStatements({ ...writer, place }),
        lifecycleGrant("sa-saopaulo-1", place),
      ]) {
        assert.doesNotThrow(() => parseStatement(statement));
      }
    }
  });

  const wrong: [text: string, message: RegExp][] = [
    ["", /^not a policy statement: $/],
    ["Let group a to read buckets in tenancy", /^not a policy statement: Let/],
    ["Allow group a to see buckets in tenancy", /^not a policy statement/],
    ["Allow group a to read buckets in compartment ocid1.compartment.oc1..a", /^not a policy statement/],
    ["Allow group a to read buckets", /^not a policy statement/],
    ["Allow group a to read buckets in tenancy where", /^not a policy statement/],
    ["Allow group a to read buckets in tenancy where target.bucket.name=b", /^unexpected b in the condition/],
    [
      "Allow group a to read buckets in tenancy where target.bucket.name='b",
      /^unexpected ' in the condition/,
    ],
    ["Allow group a to read buckets in tenancy where all {a='b'", /^unexpected the end in the condition/],
    ["Allow group a to read buckets in tenancy where all {}", /^unexpected } in the condition/],
    ["Allow group a to read buckets in tenancy where any a='b'", /^unexpected a in the condition/],
    ["Allow group a to read buckets in tenancy where any {a='b' c='d'}", /^unexpected c in the condition/],
    ["Allow group a to read buckets in tenancy where a='b'}", /^unexpected } in the condition/],
  ];
  for (const [text, message] of wrong) {
    it(`refuses "${text}"`, () => {
      assert.throws(() => parseStatement(text), { message });
    });
  }

  const conditions: [condition: string, met: boolean][] = [
    ["a='1'", true],
    ["a='2'", false],
    ["a!='2'", true],
    ["a!='1'", false],
    // A request without the variable meets neither.
    ["c='1'", false],
    ["c!='1'", false],
    ["all {a='1', b='x/y'}", true],
    ["all {a='1', b='x'}", false],
    ["any {a='2', b='x/y'}", true],
    ["any {a='2', b='x'}", false],
    ["ALL { a = '1' , any { b = 'no', b = 'x/y' } }", true],
    ["b='x/*'", true],
    ["b='*/y'", true],
    ["b='*/*'", true],
    ["b='*'", true],
    ["b='y/*'", false],
    ["b='*/x'", false],
    ["b='*z*'", false],
    ["b='x.y'", false],
  ];
  for (const [text, met] of conditions) {
    it(`${met ? "meets" : "does not meet"} ${text}`, () => {
      const { condition } = parseStatement(`Allow group g to read buckets in tenancy where ${text}`);
      assert.equal(meets(condition as Condition, { a: "1", b: "x/y" }), met);
    });
  }

  it("meets what has no condition", () => {
    assert.equal(meets(undefined, {}), true);
  });
});
