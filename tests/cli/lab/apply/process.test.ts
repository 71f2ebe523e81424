import assert from "node:assert/strict";
import { CommandFailed } from "../../../../cli/kit/run.js";
import { runIsolated } from "../../../../cli/lab/apply/process.js";

const shell = (script: string) => ["sh", "-c", script];

describe("a command", () => {
  it("reads its input, sees its environment and answers what it prints", async () => {
    const printed = await runIsolated(shell('cat; printf " %s" "$NAME"'), {
      input: "in",
      env: { NAME: "value" },
    });
    assert.equal(printed, "in value");
  });

  it("sees nothing else of the environment but PATH", async () => {
    process.env["NEEDLE"] = "1";
    try {
      assert.equal(await runIsolated(shell('printf "%s" "$NEEDLE"')), "");
    } finally {
      delete process.env["NEEDLE"];
    }
  });

  it("fails with what it says", async () => {
    await assert.rejects(runIsolated(shell("echo printed; echo said >&2; exit 3")), { message: "said" });
    await assert.rejects(runIsolated(shell("exit 3")), { message: "it ended with status 3" });
    await assert.rejects(runIsolated(shell("kill -9 $$")), { message: "it ended with SIGKILL" });
  });

  it("may end without reading its input", async () => {
    assert.equal(await runIsolated(["true"], { input: "x".repeat(1_000_000) }), "");
  });

  it("is ended when nobody waits any more, and has ended when that is answered", async () => {
    const abort = new AbortController();
    const running = runIsolated(shell("trap 'sleep 0.3; exit 1' TERM; while :; do sleep 0.01; done"), {
      signal: abort.signal,
    });
    setTimeout(() => abort.abort(), 100);
    const start = performance.now();
    await assert.rejects(running, { name: "AbortError" });
    assert.ok(performance.now() - start > 300, "it was not waited for");
  });

  it("dies with the process that started it", async () => {
    const starter =
      'import("./cli/lab/apply/process.ts").then(({run}) => void run(["sh", "-c", "echo $$ >&2; exec sleep 61.25"]));' +
      "setTimeout(() => process.kill(process.pid, 'SIGKILL'), 1500)";
    await assert.rejects(runIsolated([process.execPath, "--import=tsx", "-e", starter]));
    await assert.rejects(runIsolated(shell("pgrep -x -f 'sleep 61.25'")), CommandFailed);
  });
});
