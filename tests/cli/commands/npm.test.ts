import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { projectFolder } from "../../../cli/kit/toolchain/tool.js";
import { runCommand } from "../../kit/runCommand.js";

describe("a command run by npm", function () {
  this.timeout(60_000);

  const npm = (...args: string[]) =>
    spawnSync("npm", ["run", "--silent", ...args], { cwd: projectFolder, encoding: "utf8" });

  it("says that -- is missing where npm has taken the options", () => {
    for (const [args, message] of [
      [
        ["plan", "--stack", "lab", "--json"],
        "npm has taken --stack and --json for its own. Write: npm run plan -- --stack <name> --json",
      ],
      [
        ["lab:stop", "--name=x"],
        "npm has taken --name for its own. Write: npm run lab:stop -- --name <name>",
      ],
      [
        ["verify", "--node-root", "/"],
        "npm has taken --node-root for its own. Write: npm run verify -- --node-root <folder>",
      ],
    ] as const) {
      const { status, stderr } = npm(...args);
      assert.equal(status, 2);
      assert.ok(stderr.includes(`error: -- is missing, so ${message}\n\nUsage: `), stderr);
    }
  });

  it("takes the options after --, and its exit status is npm's", () => {
    const { status, stderr } = npm("state-check", "--", "--stack", "nowhere");
    assert.deepEqual([status, stderr.split(" (")[0]], [1, 'there is no stack "nowhere"']);
  });

  it("is not misled by an option of npm that is given as its own as well", async () => {
    const { status } = await runCommand(["plan", "--json", "--stack", "nowhere"], {
      env: { npm_config_json: "true" },
    });
    assert.equal(status, 1);
  });
});
