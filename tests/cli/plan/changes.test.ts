import assert from "node:assert/strict";
import type { PlannedStep } from "../../../cli/plan/engine/events.js";
import { changesOf } from "../../../cli/plan/changes.js";
import { secret, unknown } from "../../../cli/plan/providers/values.js";

function changes(
  old: object,
  next: object,
  diff: Record<string, string>,
  hidden: string[] = [],
  scrub = (text: string) => text,
) {
  const detailedDiff = Object.fromEntries(
    Object.entries(diff).map(([path, diffKind]) => [path, { diffKind, inputDiff: true }]),
  );
  const step = { old: { inputs: old }, new: { inputs: next }, detailedDiff };
  const resource = { operation: "update", step } as unknown as PlannedStep;
  return changesOf(resource, (property) => hidden.includes(property), scrub);
}

describe("changed properties", () => {
  it("show the old and the new value, in the order of their paths", () => {
    assert.deepEqual(
      changes({ b: 1, a: "x" }, { b: 2, c: [1] }, { b: "update", a: "delete", c: "add-replace" }),
      [
        { path: "a", kind: "delete", replaces: false, before: ['"x"'], after: [] },
        { path: "b", kind: "update", replaces: false, before: ["1"], after: ["2"] },
        { path: "c", kind: "add", replaces: true, before: [], after: ["[1]"] },
      ],
    );
  });

  it("show that there is a secret, and no more", () => {
    const inputs = (value: string) => ({
      data: secret({ key: value }),
      spec: { list: [secret(value), "open"] },
    });
    const found = changes(inputs("needle-1"), inputs("needle-2"), {
      "data.key": "update",
      "spec.list": "update",
    });
    assert.deepEqual(
      found.map(({ path, before, after }) => [path, before, after]),
      [
        ["data.key", ["[secret]"], ["[secret]"]],
        ["spec.list", ['["[secret]","open"]'], ['["[secret]","open"]']],
      ],
    );
  });

  it("show what cannot be known before it is applied", () => {
    assert.deepEqual(changes({ a: "known" }, { a: unknown }, { a: "update" })[0]!.after, [
      "[unknown until applied]",
    ]);
  });

  it("show nothing that comes from values drawn at random", () => {
    const [hidden, open] = changes(
      { a: { b: "drawn" }, c: 1 },
      { a: { b: "again" }, c: 2 },
      { "a.b": "update", c: "update" },
      ["a"],
    );
    assert.deepEqual([hidden!.before, hidden!.after], [["[generated]"], ["[generated]"]]);
    assert.deepEqual([open!.before, open!.after], [["1"], ["2"]]);
    const scrub = (text: string) => text.replaceAll("drawn", "[generated]");
    assert.deepEqual(changes({ a: "x-drawn" }, { a: "y" }, { a: "update" }, [], scrub)[0]!.before, [
      '"x-[generated]"',
    ]);
  });

  it("show of a long text the lines that differ", () => {
    const text = (middle: string) => `first\n${middle}\nlast\n`;
    const [change] = changes({ a: text("old") }, { a: text("new\nnewer") }, { a: "update" });
    assert.deepEqual([change!.before, change!.after], [["old"], ["new", "newer"]]);
  });

  it("cut what is too long to read", () => {
    const lines = Array.from({ length: 20 }, (_, index) => `line ${index}`).join("\n");
    const [text, value] = changes({}, { a: `${lines}\n`, b: "x".repeat(300) }, { a: "add", b: "add" });
    assert.equal(text!.after.length, 13);
    assert.equal(text!.after.at(-1), "… 9 more lines");
    assert.equal(value!.after[0], `"${"x".repeat(119)}… (302 characters)`);
  });

  it("are none of a resource that is created, deleted or the same", () => {
    for (const operation of ["create", "delete", "same"] as const) {
      const step = { old: { inputs: { a: 1 } }, new: { inputs: { a: 2 } } };
      assert.deepEqual(
        changesOf({ operation, step } as unknown as PlannedStep, () => false, String),
        [],
      );
    }
  });
});
