import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, utimesSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { withLock } from "../../../../cli/kit/toolchain/lock.js";
import { folderOfTest } from "../../../kit/folder.js";

describe("a lock", () => {
  const folder = folderOfTest();
  let file: string;
  beforeEach(() => {
    file = folder("lock");
  });

  it("lets one work at a time, says once that it waits, and is gone afterwards", async () => {
    const order: string[] = [];
    let waits = 0;
    const work = (name: string) =>
      withLock(
        file,
        () => waits++,
        async () => {
          order.push(`${name} begins`);
          await sleep(700);
          order.push(`${name} ends`);
        },
      );
    const first = work("a");
    await sleep(50);
    await Promise.all([first, work("b")]);
    assert.deepEqual(order, ["a begins", "a ends", "b begins", "b ends"]);
    assert.equal(waits, 1);
    assert.equal(existsSync(file), false);
  });

  it("is released when the work fails", async () => {
    const failing = withLock(file, assert.fail, () => Promise.reject(new Error("no")));
    await assert.rejects(failing, { message: "no" });
    assert.equal(existsSync(file), false);
  });

  it("is taken over from a process that was killed, whatever now has its number", async function () {
    this.timeout(30_000);
    const module = new URL("../../../../cli/kit/toolchain/lock.ts", import.meta.url).href;
    const script = `
      const { withLock } = await import("${module}");
      await withLock("${file}", () => {}, async () => {
        process.stdout.write("held");
        await new Promise((resolve) => setTimeout(resolve, 60_000));
      });`;
    const owner = spawn(process.execPath, ["--import", "tsx", "--input-type=module", "--eval", script]);
    await new Promise((resolve) => owner.stdout.once("data", resolve));
    owner.kill("SIGKILL");
    await new Promise((resolve) => owner.once("close", resolve));
    assert.ok(existsSync(file));

    // As if the owner had died a minute ago.
    const before = new Date(Date.now() - 60_000);
    utimesSync(file, before, before);
    assert.equal(await withLock(file, assert.fail, () => Promise.resolve("done")), "done");
  });
});
