import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { projectFolder } from "../../cli/kit/toolchain/tool.js";
import { usualTools } from "../../cli/kit/toolchain/command.js";
import { documented } from "./claims.js";
import { Sandbox } from "./sandbox.js";

const integration = readFileSync(join(projectFolder, ".ci/run"), "utf8").split("\n");

/** Whether continuous integration runs the command, on a clean clone. Further options are its own business. */
function isIntegrated(command: string): boolean {
  return integration.some((line) => line === command || line.startsWith(`${command} -`));
}

describe("README.md", () => {
  let sandbox: Sandbox;

  before(async function () {
    sandbox = await Sandbox.of(this, usualTools());
  });
  after(() => sandbox.remove());

  documented(
    "README.md",
    "Try it",
    "e08b228b",
    "what .ci/run does not run on a clean clone runs here",
    async (block) => {
      const commands = block.text.trimEnd().split("\n");
      assert.equal(commands[0], "npm ci");
      assert.ok(isIntegrated("npm ci"), ".ci/run installs in the same way");
      for (const command of commands.filter((command) => !isIntegrated(command))) await sandbox.run(command);
    },
  );

  documented("README.md", "Try it (3)", "09e967da", "is what .ci/run runs", (block) => {
    for (const command of block.text.trimEnd().split(" && ")) assert.ok(isIntegrated(command), command);
    return Promise.resolve();
  });

  documented("README.md", "Plan a change", "174f2f46", "nothing would change", async (block) => {
    const { stdout } = await sandbox.run(block.text);
    assert.match(
      stdout,
      /^musashi from \w+: 0 to create, 0 to update, 0 to replace, 0 to delete, \d+ unchanged, 0 violations$/m,
    );
    assert.doesNotMatch(stdout, /Stack outputs/);
  });
});
