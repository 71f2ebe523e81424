import assert from "node:assert/strict";
import { CommandFailed, run } from "../../../cli/kit/run.js";

const shell = (script: string, ...args: string[]) => ["sh", "-c", script, "sh", ...args];

describe("a command that is run", () => {
  it("reads its input in its folder, and answers what it printed", async () => {
    const printed = await run(shell("pwd; cat; echo said >&2"), { cwd: "/", input: "in" });
    assert.deepEqual(printed, { stdout: "/\nin", stderr: "said\n" });
  });

  it("has nothing to read by default", async () => {
    assert.equal((await run(["cat"])).stdout, "");
  });

  it("prints as much as it likes, and characters of several bytes as they are", async () => {
    const { stdout } = await run([process.execPath, "-e", 'process.stdout.write("ü".repeat(3_000_000))']);
    assert.ok(stdout === "ü".repeat(3_000_000));
  });

  it("fails with what it said, and never with its arguments", async () => {
    await assert.rejects(
      run(shell("echo printed; echo said >&2; exit 3", "needle")),
      new CommandFailed("said", "printed\n", "said\n"),
    );
    await assert.rejects(run(shell("exit 3", "needle")), { message: "it ended with status 3" });
    await assert.rejects(run(shell("kill -9 $$", "needle")), { message: "it ended with SIGKILL" });
  });

  it("is told apart from one that is not there, and from one that took too long", async () => {
    await assert.rejects(run(["/nowhere/program"]), { code: "ENOENT" });
    const signal = AbortSignal.timeout(50);
    await assert.rejects(run(["sleep", "60"], { signal }), { name: "AbortError" });
  });
});
