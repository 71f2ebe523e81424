import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";

const source = (path: string) => JSON.stringify(new URL(`../../../${path}`, import.meta.url).href);

/** Runs a command that does this, and then fails. */
function failing(work: string) {
  const script = `import { Command } from "@commander-js/extra-typings";
    import { execute } from ${source("cli/kit/execute.ts")};
    await execute(new Command().action(async () => {
      ${work}
      throw new Error("a child was killed");
    }), []);`;
  const args = ["--import", "tsx", "--input-type=module", "--eval", script];
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
  return { status, stderr };
}

describe("a command whose child has ended first on Ctrl-C", function () {
  this.timeout(60_000);

  it("says nothing of the child, and exits with 130", () => {
    const work = `setTimeout(() => process.kill(process.pid, "SIGINT"), 50);`;
    assert.deepEqual(failing(work), { status: 130, stderr: "" });
  });

  it("says what failed where no signal comes", () => {
    const { status, stderr } = failing("");
    assert.equal(status, 1);
    assert.match(stderr, /^Error: a child was killed\n/);
  });
});
