import assert from "node:assert/strict";
import fc from "fast-check";
import { drifted } from "../../../../cli/lab/apply/drift.js";
import { isSecret, plain, secret, texts } from "../../../../cli/plan/providers/values.js";

describe("drift", () => {
  const cases: Record<string, { inputs: unknown; live: unknown; wanted: unknown; found: unknown }> = {
    "a quantity that the server writes in another way is none": {
      inputs: { cpu: "1000m" },
      live: { cpu: "1", defaulted: true },
      wanted: { cpu: "1", defaulted: true },
      found: { cpu: "1000m" },
    },
    "what others set next to it is none": {
      inputs: { labels: { a: "1" } },
      live: { labels: { a: "1", b: "2" }, status: {} },
      wanted: { labels: { a: "1" } },
      found: { labels: { a: "1" } },
    },
    "a changed value is one": {
      inputs: { spec: { replicas: 1, paused: true } },
      live: { spec: { replicas: 3, paused: true } },
      wanted: { spec: { replicas: 1, paused: true } },
      found: { spec: { replicas: 3, paused: true } },
    },
    "a removed value is one": {
      inputs: { labels: { a: "1", b: "2" } },
      live: { labels: { b: "2" } },
      wanted: { labels: { a: "1", b: "2" } },
      found: { labels: { b: "2" } },
    },
    "what the server never keeps is none": {
      inputs: { data: { a: "1" }, ignored: true },
      live: { data: { a: "2" } },
      wanted: { data: { a: "1" } },
      found: { data: { a: "2" }, ignored: true },
    },
    "a list is taken as it is": {
      inputs: { args: ["a"] },
      live: { args: ["a", "b"] },
      wanted: { args: ["a"] },
      found: { args: ["a", "b"] },
    },
    "what stands where a secret stood is secret": {
      inputs: { a: secret("x"), b: secret({ c: "x" }), d: [{ e: secret("x") }] },
      live: { a: "y", b: { c: "y" }, d: [{ e: "y" }] },
      wanted: { a: "x", b: { c: "x" }, d: [{ e: "x" }] },
      found: { a: secret("y"), b: secret({ c: "y" }), d: secret([{ e: "y" }]) },
    },
  };
  for (const [name, { inputs, live, wanted, found }] of Object.entries(cases)) {
    it(name, () => assert.deepEqual(drifted(inputs, live, wanted), found));
  }

  it("never leaves a secret open, whatever exists", () => {
    const needles = (value: unknown): string[] =>
      isSecret(value)
        ? []
        : typeof value === "object" && value !== null
          ? Object.values(value).flatMap(needles)
          : texts(value);
    // Secrets by way of "s:", which no other text begins with.
    const tree = fc.letrec((tie) => ({
      tree: fc.oneof(
        { maxDepth: 4 },
        fc.constantFrom("s:1", "s:2", "open", 3),
        fc.array(tie("tree"), { maxLength: 3 }),
        fc.dictionary(fc.constantFrom("a", "b", "c"), tie("tree")),
      ),
    })).tree;
    const wrapped = (value: unknown): unknown =>
      typeof value === "string" && value.startsWith("s:")
        ? secret(value)
        : Array.isArray(value)
          ? value.map(wrapped)
          : typeof value === "object" && value !== null
            ? Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, wrapped(inner)]))
            : value;
    fc.assert(
      fc.property(tree, tree, (inputs, live) => {
        const found = drifted(wrapped(inputs), live, inputs);
        assert.deepEqual(drifted(wrapped(inputs), inputs, inputs), wrapped(inputs));
        // Only where a secret stood can what was found be one.
        if (typeof inputs === "string" && inputs.startsWith("s:")) assert.deepEqual(needles(found), []);
        if (JSON.stringify(inputs) === JSON.stringify(plain(found))) assert.deepEqual(found, wrapped(inputs));
      }),
    );
  });
});
