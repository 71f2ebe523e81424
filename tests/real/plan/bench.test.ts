import assert from "node:assert/strict";
import { projectFolder } from "../../../cli/kit/toolchain/tool.js";
import { parts } from "../../../cli/test/suites.js";
import { planCommands, testCommands, timed } from "../../bench/commands.js";
import { measure, programVariants } from "../../bench/variants.js";
import { folderOfSuite } from "../../kit/folder.js";

describe("the bench", () => {
  const folder = folderOfSuite();

  it("measures the same program written in both ways, next to an empty one", () => {
    const [empty, program, copy] = programVariants(projectFolder, folder())
      .slice(0, 3)
      .map((variant) => measure(projectFolder, variant).resources);
    assert.equal(empty, 0);
    assert.ok(program! > 100, `${program} resources`);
    assert.equal(copy, program);
  });

  it("times a command with all it starts, and names one that fails", () => {
    const { seconds, cpuSeconds } = timed(["sh", "-c", "node -e 0; true"]);
    assert.ok(seconds > 0 && cpuSeconds > 0);
    assert.throws(() => timed(["sh", "-c", "exit 3"]), {
      name: "UserError",
      message: "This has failed; run it to see why: sh -c exit 3",
    });
  });

  it("measures the plan and each part of the tests next to something that does nothing", () => {
    const beside = [planCommands, ...parts.map(({ name }) => testCommands(name))].map((commands) =>
      Object.values(commands)[1]!.join("\n"),
    );
    for (const command of new Set(beside)) timed(command.split("\n"));
  });
});
