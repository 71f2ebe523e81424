import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { projectFolder } from "../../cli/kit/toolchain/tool.js";

/** More lines than this are more than one subject. */
const limit = 250;

describe("TypeScript files and shell scripts", () => {
  it(`have no more than ${limit} lines`, () => {
    const { stdout } = spawnSync("git", ["ls-files", "*.ts", "*.sh"], {
      cwd: projectFolder,
      encoding: "utf8",
    });
    const files = stdout.trim().split("\n");
    assert.ok(files.includes("tests/repository/length.test.ts"), stdout);
    const tooLong = files
      .map((file) => ({
        file,
        lines: readFileSync(join(projectFolder, file), "utf8").split("\n").length - 1,
      }))
      .filter(({ lines }) => lines > limit)
      .map(({ file, lines }) => `${file}: ${lines} lines; split it by subject`);
    assert.deepEqual(tooLong, []);
  });
});
