import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { projectFolder } from "../../../cli/kit/toolchain/tool.js";
import { measure, programVariants } from "../../bench/variants.js";

describe("the bench", () => {
  let folder: string;
  before(() => (folder = mkdtempSync(join(tmpdir(), "cluster-security-bench-"))));
  after(() => rmSync(folder, { recursive: true }));

  it("measures the same program written in both ways, beside an empty one", () => {
    const [empty, program, copy] = programVariants(projectFolder, folder)
      .slice(0, 3)
      .map((variant) => measure(projectFolder, variant).resources);
    assert.equal(empty, 0);
    assert.ok(program! > 100, `${program} resources`);
    assert.equal(copy, program);
  });
});
