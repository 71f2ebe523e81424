import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { throwAwayFolder, type Folder } from "../../../cli/plan/engine/folder.js";
import { projectFolder, tool } from "../../../cli/kit/toolchain/tool.js";
import { have } from "./project.js";

describe("a stack's settings file that the Pulumi CLI has written to", () => {
  let folder: Folder;
  let project: string;
  before(async function () {
    await have(this, "pulumi");
    const cli = await tool("pulumi");
    folder = throwAwayFolder();
    project = join(folder.path, "project");
    mkdirSync(project);
    for (const file of ["Pulumi.yaml", "Pulumi.musashi.yaml", ".prettierrc.json", ".prettierignore"]) {
      copyFileSync(join(projectFolder, file), join(project, file));
    }
    const pulumi = (args: string[], input = "") =>
      execFileSync(cli, args, {
        cwd: project,
        env: { ...process.env, ...folder.env },
        input,
        stdio: "pipe",
      });
    pulumi(["stack", "init", "musashi"]);
    const key = "cluster-security:registry.adminPassword";
    pulumi(["config", "set", "--stack", "musashi", "--secret", "--path", key], "a password");
  });
  after(() => folder?.remove());

  const prettier = (...args: string[]) =>
    spawnSync(join(projectFolder, "node_modules/.bin/prettier"), ["--check", "--no-color", ".", ...args], {
      cwd: project,
      encoding: "utf8",
    });

  it("is in the CLI's own style", () => {
    const text = readFileSync(join(project, "Pulumi.musashi.yaml"), "utf8");
    assert.match(text, /^encryptionsalt: /m);
    assert.match(text, /adminPassword:\n +secure: /);
    const { status, stderr } = prettier("--ignore-path", "/dev/null");
    assert.equal(status, 1);
    assert.match(stderr, /^\[warn\] Pulumi\.musashi\.yaml$/m);
  });

  it("passes the lint", () => {
    const { status, stdout, stderr } = prettier();
    assert.equal(status, 0, stderr);
    assert.match(stdout, /All matched files use Prettier code style!/);
  });
});
