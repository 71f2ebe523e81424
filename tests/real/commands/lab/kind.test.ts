import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { kindStack } from "../../../../cli/lab/kind/settings.js";
import { projectFolder } from "../../../../cli/kit/toolchain/tool.js";
import { program } from "../../../kit/runCommand.js";
import { folderOfTest } from "../../../kit/folder.js";

describe("npm start -- --cluster kind", function () {
  this.timeout(60_000);

  const folder = folderOfTest();
  beforeEach(() => {
    symlinkSync(process.execPath, folder("node"));
  });

  /** Runs it with nothing on PATH but node, and what is in the folder. */
  function kind(...args: string[]) {
    const command = [program, "start", "--cluster", "kind", ...args];
    const { status, stdout, stderr } = spawnSync("node", command, {
      cwd: projectFolder,
      env: { HOME: folder(), PATH: folder() },
      encoding: "utf8",
    });
    return { status, stdout, stderr };
  }

  /** Neither settings nor files of a run. */
  const nothingIsLeft = () => {
    for (const path of [`Pulumi.${kindStack}.yaml`, `.lab/${kindStack}`, `.lab/${kindStack}.logs`]) {
      assert(!existsSync(join(projectFolder, path)), path);
    }
  };

  it("says what it needs where there is no docker", () => {
    assert.deepEqual(kind(), {
      status: 1,
      stdout: "",
      stderr:
        "docker is needed, because kind runs the node as a container; it is not on PATH. " +
        "Install it (https://docs.docker.com/engine/install/), or run the lab without containers: npm start\n",
    });
    nothingIsLeft();
  });

  it("says so where docker does not answer", () => {
    const script = "#!/bin/sh\necho 'Cannot connect to the Docker daemon' >&2\nexit 1\n";
    writeFileSync(folder("docker"), script, { mode: 0o755 });
    assert.deepEqual(kind("--sudo"), {
      status: 1,
      stdout: "",
      stderr:
        "docker is needed, because kind runs the node as a container; it does not answer:\n" +
        "Cannot connect to the Docker daemon\n",
    });
    nothingIsLeft();
  });
});
