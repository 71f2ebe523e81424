import assert from "node:assert/strict";
import fc from "fast-check";
import { changesBetween, diffInputs } from "../../../../cli/plan/providers/diff.js";
import { formatPath, parsePath, valueAt } from "../../../../cli/plan/providers/paths.js";
import type { Values } from "../../../../cli/plan/providers/standIn.js";
import { secret, unknown } from "../../../../cli/plan/providers/values.js";

/** A resource whose outputs are its inputs. */
const recorded = (inputs: Values) => ({ inputs, outputs: inputs });

describe("property paths", () => {
  const paths: { parts: (string | number)[]; text: string }[] = [
    { parts: ["spec", "rules", 0, "host"], text: "spec.rules[0].host" },
    { parts: ["metadata", "annotations", "a.b/c"], text: 'metadata.annotations["a.b/c"]' },
    { parts: ["a-b", 'quo"te'], text: 'a-b["quo\\"te"]' },
    { parts: [], text: "" },
  ];
  for (const { parts, text } of paths) {
    it(`are written as ${text || "nothing"}`, () => {
      assert.equal(formatPath(parts), text);
      assert.deepEqual(parsePath(text), parts);
    });
  }

  it("are read as they were written, whatever they hold", () => {
    const part = fc.oneof(fc.nat(1000), fc.string({ minLength: 1 }));
    fc.assert(fc.property(fc.array(part), (parts) => assert.deepEqual(parsePath(formatPath(parts)), parts)));
  });

  it("lead nowhere where there is nothing", () => {
    assert.equal(valueAt({ a: [{ b: 1 }] }, ["a", 0, "b"]), 1);
    assert.equal(valueAt({ a: 1 }, ["a", "b", "c"]), undefined);
  });
});

describe("differences", () => {
  it("are the smallest properties that differ, in order", () => {
    const before = { gone: 1, list: [1, 2, 3], map: { same: 1, other: "a" } };
    const after = { list: [1, 9], map: { same: 1, other: "b" }, news: { x: 1 } };
    assert.deepEqual(
      changesBetween(before, after, []).map(({ path, kind }) => `${kind} ${formatPath(path)}`),
      ["delete gone", "update list[1]", "delete list[2]", "update map.other", "add news"],
    );
  });

  it("are none between equal values", () => {
    fc.assert(
      fc.property(fc.object(), (value) =>
        assert.deepEqual(changesBetween(value, structuredClone(value), []), []),
      ),
    );
  });

  it("do not mind whether a value is secret", () => {
    const kind = { create: () => ({ id: "x" }) };
    assert.deepEqual(diffInputs(kind, recorded({ a: { b: 1 } }), { a: secret({ b: 1 }) }).changes, []);
    assert.deepEqual(diffInputs(kind, recorded({ a: secret({ b: 1 }) }), { a: { b: 1 } }).changes, []);
    assert.deepEqual(diffInputs(kind, recorded({ a: secret("old") }), { a: secret("new") }).changes, [
      { path: ["a"], kind: "update", replaces: false },
    ]);
  });

  it("hold what is unknown as yet to have changed", () => {
    const kind = { create: () => ({ id: "x" }) };
    assert.equal(diffInputs(kind, recorded({ a: "known" }), { a: unknown }).changes.length, 1);
  });

  it("replace where the kind says so, and only then may the old one have to go first", () => {
    const kind = {
      create: () => ({ id: "x" }),
      replaces: ({ path }: { path: (string | number)[] }) => path[0] === "name",
      deleteBeforeReplace: () => true,
    };
    const { changes, deleteBeforeReplace } = diffInputs(kind, recorded({ name: "a", size: 1 }), {
      name: "b",
      size: 2,
    });
    assert.deepEqual(
      changes.map(({ replaces }) => replaces),
      [true, false],
    );
    assert.equal(deleteBeforeReplace, true);
    assert.equal(
      diffInputs(kind, recorded({ name: "a", size: 1 }), { name: "a", size: 2 }).deleteBeforeReplace,
      false,
    );
  });
});
