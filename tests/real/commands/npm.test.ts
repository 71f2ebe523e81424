import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { commands } from "../../../cli/commands/index.js";
import { projectFolder } from "../../../cli/kit/toolchain/tool.js";
import { runCommand } from "../../kit/runCommand.js";
import { folderOfTest } from "../../kit/folder.js";

describe("a command run by npm", function () {
  this.timeout(60_000);

  const npm = (args: readonly string[], env: Record<string, string> = {}) =>
    spawnSync("npm", ["run", "--silent", ...args], {
      cwd: projectFolder,
      env: { ...process.env, ...env },
      encoding: "utf8",
    });

  it("says that -- is missing where npm has taken the options", () => {
    for (const [args, message] of [
      [
        ["plan", "--stack", "lab", "--json"],
        "npm has taken --stack and --json for its own. Write: npm run plan -- --stack <name> --json",
      ],
      [["lab:stop", "--name=x"], "npm has taken --name for its own. Write: npm run lab:stop -- --name x"],
      [
        ["plan", "--stack=it's", "--base=main"],
        "npm has taken --stack and --base for its own. Write: npm run plan -- --stack 'it'\\''s' --base main",
      ],
      [["test", "--install"], "npm has taken --install for its own. Write: npm test -- --install"],
      [["start", "--keep"], "npm has taken --keep for its own. Write: npm start -- --keep"],
      [
        ["verify", "--node-root", "/"],
        "npm has taken --node-root for its own. Write: npm run verify -- --node-root <folder>",
      ],
    ] as const) {
      const { status, stderr } = npm(args);
      assert.equal(status, 2);
      assert.ok(stderr.includes(`error: -- is missing, so ${message}\n\nUsage: `), stderr);
    }
  });

  const { scripts } = JSON.parse(readFileSync(join(projectFolder, "package.json"), "utf8")) as {
    scripts: Record<string, string>;
  };
  for (const [script, line] of Object.entries(scripts)) {
    const [, first, second] = /^node cli\/cluster-security\.cjs (\S+) ?(\S+)?$/.exec(line) ?? [];
    if (first === undefined) continue;
    it(`says so of every option of npm run ${script}`, async () => {
      const { default: command } = await commands[first as keyof typeof commands]();
      const { options } = command.commands.find((inner) => inner.name() === second) ?? command;
      // That is a part of an option of npm.
      const names = options.map(({ long }) => long!).filter((name) => name !== "--format");
      if (names.length === 0) return;
      const { status, stderr } = npm([script, ...names.map((name) => `${name}=x`)]);
      assert.equal(status, 2, stderr);
      assert.ok(
        stderr.includes(`-- is missing, so npm has taken ${names.join(" and ")} for its own`),
        stderr,
      );
    });
  }

  it("says where options come where npm hands only the value on", () => {
    const { status, stderr } = npm(["reach", "--format", "svg"]);
    assert.equal(status, 2);
    assert.match(
      stderr,
      /^error: svg belongs to no option, since npm keeps those for itself that come before --\. Write: npm run reach -- --format svg\n\n.*\nOptions come after --: npm run reach -- \[options\]\n/m,
    );
  });

  it("takes the options after --, and its exit status is npm's", () => {
    const { status, stderr } = npm(["state-check", "--", "--stack", "nowhere"]);
    assert.deepEqual([status, stderr.split(" (")[0]], [1, 'there is no stack "nowhere"']);
  });

  it("is not misled by an option of npm that is given as its own as well", async () => {
    for (const stack of [["--stack", "nowhere"], ["--stack=nowhere"]]) {
      const { status } = await runCommand(["plan", "--json", ...stack], {
        env: { npm_config_json: "true", npm_config_stack: "nowhere" },
      });
      assert.equal(status, 1);
    }
  });

  describe("with json=true in an .npmrc", () => {
    const folder = folderOfTest();

    /** Runs it with an .npmrc of the user that has these lines. */
    const withLines = (lines: string, ...args: string[]) => {
      writeFileSync(folder(".npmrc"), lines);
      return npm(args, { npm_config_userconfig: folder(".npmrc") });
    };

    it("takes that for no option of its own", () => {
      const { status, stderr } = withLines("audit=false\njson = true\n", "plan", "--", "--stack", "nowhere");
      assert.deepEqual([status, stderr.split(" (")[0]], [1, 'there is no stack "nowhere"']);
    });

    it("still says that -- is missing for others", () => {
      const { status, stderr } = withLines("json=true\n", "plan", "--stack=x");
      assert.equal(status, 2);
      assert.match(stderr, /^error: -- is missing, so npm has taken --stack for its own\./);
    });
  });
});
