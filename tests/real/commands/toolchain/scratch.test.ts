import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync } from "node:fs";
import { folderOfTest } from "../../../kit/folder.js";

describe("the folder that a tool is made in", function () {
  this.timeout(60_000);

  const folder = folderOfTest();

  /** A process that makes a tool, and prints the folder it does that in. */
  async function making() {
    const module = (name: string) =>
      JSON.stringify(new URL(`../../../../cli/kit/${name}`, import.meta.url).href);
    const script = `import { endOnSignals } from ${module("signals.ts")};
      import { fill } from ${module("toolchain/scratch.ts")};
      endOnSignals();
      const place = { folder: ${JSON.stringify(folder())}, module: "demo", isCurrent: () => false };
      await fill([place], () => {}, async (_, scratch) => {
        console.log(scratch);
        await new Promise((resolve) => setTimeout(resolve, 600_000));
      });`;
    const child = spawn(process.execPath, ["--import", "tsx", "--input-type=module", "--eval", script]);
    const [line] = (await once(child.stdout, "data")) as [Buffer];
    return { child, scratch: line.toString().trim() };
  }

  it("is gone after Ctrl-C, and the lock with it", async () => {
    const { child, scratch } = await making();
    assert(existsSync(scratch));
    child.kill("SIGINT");
    assert.deepEqual(await once(child, "exit"), [130, null]);
    assert.deepEqual(readdirSync(folder()), []);
  });

  it("of a process that was killed is removed by the next one", async () => {
    const killed = await making();
    killed.child.kill("SIGKILL");
    await once(killed.child, "exit");
    assert(existsSync(killed.scratch));
    const next = await making();
    assert.deepEqual([existsSync(killed.scratch), existsSync(next.scratch)], [false, true]);
    next.child.kill("SIGINT");
    await once(next.child, "exit");
  });
});
