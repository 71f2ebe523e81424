import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { applyScriptFile } from "../../../components/control-plane/node/bundle.js";
import { projectFolder } from "../../../cli/kit/toolchain/tool.js";
import { debian } from "../../../cli/test/packages.js";

/** Every shell script of the repository, by its name or its first line. */
const scripts = spawnSync("git", ["ls-files"], { cwd: projectFolder, encoding: "utf8" })
  .stdout.trim()
  .split("\n")
  .filter((file) => file.endsWith(".sh") || file === ".ci/run");

describe("shell scripts", () => {
  it("are found", () =>
    assert.ok(scripts.includes("components/control-plane/node/apply.sh"), scripts.join(" ")));

  it("are found wanting when they are", () => {
    const { status } = spawnSync(debian("shellcheck"), ["--shell=sh", "-"], {
      input: "if [[ $1 == a ]]; then echo $1; fi\n",
    });
    assert.equal(status, 1);
  });

  it("are so in one piece as well, which is how a node gets the one that applies its files", () => {
    const { content } = applyScriptFile();
    assert.doesNotMatch(content, /^\. /m);
    const { status, stdout } = spawnSync(debian("shellcheck"), ["-"], { input: content, encoding: "utf8" });
    assert.equal(status, 0, stdout);
  });

  for (const file of scripts) {
    it(`${file} is free of findings`, () => {
      // Where it lies, because what it reads in is found from there.
      const { status, stdout } = spawnSync(debian("shellcheck"), ["--external-sources", basename(file)], {
        cwd: join(projectFolder, dirname(file)),
        encoding: "utf8",
      });
      assert.equal(status, 0, stdout);
    });
    if (file.endsWith(".sh")) {
      it(`${file} is for any POSIX shell`, () => {
        // A part that scripts read in has no program of its own to name.
        assert.match(
          readFileSync(join(projectFolder, file), "utf8"),
          /^(#!\/bin\/sh|# shellcheck shell=sh.*)\n/,
        );
        const { status, stderr } = spawnSync("sh", ["-n", join(projectFolder, file)], { encoding: "utf8" });
        assert.equal(status, 0, stderr);
      });
    }
  }
});
