import assert from "node:assert/strict";
import { Secret, unknownCheckingProxy } from "@pulumi/policy";
import { secretsPreservingProxy } from "@pulumi/policy/secret.js";
import { runtime } from "@pulumi/pulumi";
import {
  join,
  notYetKnown,
  objectName,
  plainProperties,
  secretPaths,
  shown,
  propertyAt,
} from "../../policy/resource.js";

const unknown: string = runtime.unknownValue;

describe("policy: resources of a plan", () => {
  it("copies what the policy SDK hands out, unknown values marked, at any depth", () => {
    const props = unknownCheckingProxy({
      top: unknown,
      text: "a",
      none: null,
      nested: { known: 1, not: unknown },
      list: [true, unknown, { not: unknown }],
    });
    assert.throws(() => props.top, { message: "string value at .top can't be known during preview" });
    assert.deepEqual(plainProperties(props), {
      top: notYetKnown,
      text: "a",
      none: null,
      nested: { known: 1, not: notYetKnown },
      list: [true, notYetKnown, { not: notYetKnown }],
    });
  });

  it("sorts keys, which the engine sends in any order", () => {
    assert.deepEqual(Object.keys(plainProperties({ b: 1, c: 2, a: 3 })), ["a", "b", "c"]);
  });

  it("finds secrets through the proxies of a remediation, those not yet known too", () => {
    const props = unknownCheckingProxy(
      secretsPreservingProxy({
        name: "a",
        not: unknown,
        all: new Secret({ a: 1 }),
        values: {
          core: { secret: new Secret("x") },
          list: ["a", new Secret(unknown)],
          "a.b": new Secret("y"),
        },
      }),
    );
    assert.equal(props.values.core.secret, "x");
    assert.deepEqual(secretPaths(props), ["all", 'values["a.b"]', "values.core.secret", "values.list[1]"]);
  });

  it("reads values at a path", () => {
    assert.equal(propertyAt({ a: { b: 1 } }, "a", "b"), 1);
    assert.equal(propertyAt({ a: {} }, "a", "b", "c"), undefined);
    assert.equal(propertyAt({ a: notYetKnown }, "a", "b"), notYetKnown);
    assert.equal(propertyAt(undefined, "a"), undefined);
  });

  it("writes paths, values and names of objects", () => {
    assert.equal(join("", "a", "b", 0, "c-d", "example.com/e"), 'a.b[0].c-d["example.com/e"]');
    assert.deepEqual([undefined, null, "a", 1, { a: 1 }].map(shown), [
      "nothing",
      "nothing",
      '"a"',
      "1",
      '{"a":1}',
    ]);
    const metadata = { name: "a", namespace: "b" };
    assert.equal(objectName({ kind: "Pod", metadata }), "Pod b/a");
    assert.equal(objectName({ kind: "Namespace", metadata: { name: notYetKnown } }), "Namespace ?");
  });
});
