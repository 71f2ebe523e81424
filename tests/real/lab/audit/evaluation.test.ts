import assert from "node:assert/strict";
import { AlloySyntax } from "../../../components/audit/alloy.js";
import { answerTo } from "./logql.js";
import { sentEntries } from "./stages.js";

describe("our evaluation of stages and queries", () => {
  let alloy: AlloySyntax;
  before(async function () {
    alloy = await AlloySyntax.of(this);
  });

  const refusedStages: [stage: string, reason: RegExp][] = [
    ['stage.regex { expression = "a" }', /^Error: stage\.regex is not evaluated here$/],
    ['stage.drop { older_than = "1h" }', /^Error: not evaluated here: older_than$/],
    ['stage.json { expressions = { a = "length(b)" } }', /^Error: length\(b\): only names and indices/],
  ];
  for (const [stage, reason] of refusedStages) {
    it(`refuses ${stage}`, () => {
      const config = `loki.process "a" {\n${stage}\n}`;
      assert.throws(() => sentEntries(alloy, config, ["{}"]), reason);
    });
  }

  const refusedQueries: [query: string, node: string][] = [
    ['{job="a"} |= "b"', "LineFilters"],
    ['{job="a"} | b="c" or d="e"', "Or"],
    ['{job="a"} | b=', "⚠"],
  ];
  for (const [query, node] of refusedQueries) {
    it(`refuses ${query}`, () => {
      assert.throws(() => answerTo(alloy, query, []), { message: `${query}: ${node} is not evaluated here` });
    });
  }
});
