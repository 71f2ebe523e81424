import assert from "node:assert/strict";
import { styleText } from "node:util";
import { fitted, tableLines, widthOf, wrap } from "../../../cli/kit/table.js";

describe("the width of an output", () => {
  let before: string | undefined;
  beforeEach(() => {
    before = process.env["COLUMNS"];
    delete process.env["COLUMNS"];
  });
  afterEach(() => {
    delete process.env["COLUMNS"];
    if (before !== undefined) process.env["COLUMNS"] = before;
  });

  it("is the terminal's, else COLUMNS, else unlimited", () => {
    assert.equal(widthOf({}), Infinity);
    process.env["COLUMNS"] = "90";
    assert.equal(widthOf({}), 90);
    assert.equal(widthOf({ columns: 80 }), 80);
    process.env["COLUMNS"] = "wide";
    assert.equal(widthOf({}), Infinity);
  });
});

describe("a text", () => {
  it("is broken at spaces, and a word that is longer than a line anywhere", () => {
    assert.deepEqual(wrap("one two three", 9), ["one two", "three"]);
    assert.deepEqual(wrap("a much-too-long-word b", 9), ["a", "much-too-", "long-word", "b"]);
    assert.deepEqual(wrap("one two three", Infinity), ["one two three"]);
  });

  for (const [word, width, lines] of [
    ["kube-system/kube-dns", 12, ["kube-system/", "kube-dns"]],
    ["monitoring/prometheus-stack", 13, ["monitoring/", "prometheus-", "stack"]],
    ["to kube-system/coredns", 12, ["to", "kube-system/", "coredns"]],
    ["10.244.0.0/16", 12, ["10.244.0.0/", "16"]],
    ["/home/me/state", 9, ["/home/me/", "state"]],
  ] as const)
    it(`breaks ${word} after separators`, () => assert.deepEqual(wrap(word, width), lines));

  it("is indented by what stands before it", () => {
    assert.deepEqual(wrap("one two three", 13, "is:  "), ["is:  one two", "     three"]);
  });

  it("continues the branches of a tree, in the colours it has", () => {
    const tree = `root\n├─ one two three\n│  └─ four five six\n└─ ${styleText("red", "seven eight nine")}`;
    assert.equal(
      fitted(tree, 14),
      "root\n├─ one two\n│    three\n│  └─ four\n│       five six\n" +
        `└─ ${styleText("red", "seven")}\n     ${styleText("red", "eight")}\n     ${styleText("red", "nine")}`,
    );
    assert.equal(fitted(tree, Infinity), tree);
  });
});

describe("a table", () => {
  const rows = [
    ["from", "to"],
    ["shop/web", "a place with a long name, and another"],
    ["数据库", "b"],
  ];

  it("is as wide as it has to be", () => {
    assert.deepEqual(tableLines(rows, { width: 80, indent: 1 }), [
      [" from      to"],
      [" shop/web  a place with a long name, and another"],
      [" 数据库    b"],
    ]);
  });

  it("narrows its widest columns to fit", () => {
    assert.deepEqual(tableLines(rows, { width: 30 }), [
      ["from      to"],
      ["shop/web  a place with a long", "          name, and another"],
      ["数据库    b"],
    ]);
  });
});
