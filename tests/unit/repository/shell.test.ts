import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { findOnPath, projectFolder } from "../../../lab/toolchain/tool.js";

/** Every shell script of the repository, by its name or its first line. */
const scripts = spawnSync("git", ["ls-files"], { cwd: projectFolder, encoding: "utf8" })
  .stdout.trim()
  .split("\n")
  .filter((file) => file.endsWith(".sh") || file === ".ci/run");

describe("shell scripts", () => {
  it("are found", () =>
    assert.ok(scripts.includes("components/control-plane/node/apply.sh"), scripts.join(" ")));

  for (const file of scripts) {
    it(`${file} is free of findings`, function () {
      if (!findOnPath("shellcheck")) {
        console.log("      skipped: no shellcheck on PATH; on Debian and Ubuntu: apt-get install shellcheck");
        this.skip();
      }
      const { status, stdout } = spawnSync("shellcheck", [join(projectFolder, file)], { encoding: "utf8" });
      assert.equal(status, 0, stdout);
    });
    if (file.endsWith(".sh")) {
      it(`${file} is for any POSIX shell`, () => {
        assert.match(readFileSync(join(projectFolder, file), "utf8"), /^#!\/bin\/sh\n/);
        const { status, stderr } = spawnSync("sh", ["-n", join(projectFolder, file)], { encoding: "utf8" });
        assert.equal(status, 0, stderr);
      });
    }
  }
});
