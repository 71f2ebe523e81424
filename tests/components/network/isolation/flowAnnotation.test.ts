import assert from "node:assert/strict";
import fc from "fast-check";
import { annotatedFlows, flowAnnotations } from "../../../../components/network/isolation/flowAnnotation.js";

describe("the annotation of a policy with its flows", () => {
  it("is read as it was written", () => {
    const sentence = fc.stringMatching(/^[a-z]{1,20} -> [a-z]{1,20}:[0-9]{1,5}$/);
    fc.assert(
      fc.property(fc.array(sentence, { minLength: 1, maxLength: 50 }), (sentences) => {
        assert.deepEqual(annotatedFlows(flowAnnotations(sentences)), sentences);
      }),
    );
  });

  it("is absent from a policy without flows", () =>
    assert.deepEqual([annotatedFlows(), annotatedFlows({ "other/flow": "a -> b:80" })], [[], []]));

  it("counts the flows that exceed 16 KiB", () => {
    const sentences = Array.from({ length: 2000 }, (_, index) => `shop-${index} -> till:${index + 1000}`);
    const { "cluster-security/flow": text } = flowAnnotations(sentences);
    const lines = text!.split("\n");
    const shown = lines.slice(0, -1);
    assert.deepEqual(shown, sentences.slice(0, shown.length));
    assert.equal(lines.at(-1), `and ${2000 - shown.length} more`);
    const next = sentences[shown.length]!;
    assert.ok(shown.join("\n").length < 16 * 1024 && [...shown, next].join("\n").length >= 16 * 1024);
  });
});
