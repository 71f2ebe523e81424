import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, statSync } from "node:fs";
import { fromPs, startTimeOf } from "../../../cli/kit/processes.js";
import { temporaryFolder } from "../../../cli/kit/temporaryFolder.js";
import { folderOfTest } from "../../kit/folder.js";

describe("a temporary folder", function () {
  this.timeout(60_000);

  const parent = folderOfTest();
  const others: ChildProcess[] = [];
  afterEach(() => {
    for (const other of others) other.kill("SIGKILL");
  });

  /** A process that makes one and goes on. */
  async function another(): Promise<{ child: ChildProcess; path: string }> {
    const module = new URL("../../../cli/kit/temporaryFolder.ts", import.meta.url).href;
    const script = `import { temporaryFolder } from ${JSON.stringify(module)};
      process.on("SIGTERM", () => process.exit());
      console.log(temporaryFolder(${JSON.stringify(parent())}).path);
      setInterval(() => {}, 1000);`;
    const child = spawn(process.execPath, ["--import", "tsx", "--input-type=module", "--eval", script]);
    others.push(child);
    const [line] = (await once(child.stdout, "data")) as [Buffer];
    return { child, path: line.toString().trim() };
  }

  it("is for its owner alone, and gone when it is removed", () => {
    const { path, remove } = temporaryFolder(parent());
    assert.equal(statSync(path).mode & 0o777, 0o700);
    remove();
    assert(!existsSync(path));
  });

  it("is gone when its process exits", async () => {
    const { child, path } = await another();
    assert(existsSync(path));
    child.kill("SIGTERM");
    await once(child, "exit");
    assert(!existsSync(path));
  });

  it("of a process that was killed is removed by the next one; of one that runs it stays", async () => {
    const [killed, running] = await Promise.all([another(), another()]);
    killed.child.kill("SIGKILL");
    await once(killed.child, "exit");
    assert(existsSync(killed.path));
    temporaryFolder(parent()).remove();
    assert.deepEqual([existsSync(killed.path), existsSync(running.path)], [false, true]);
  });

  it("is that of an earlier process, whose number another has now, and no other namespace's", () => {
    const { path, remove } = temporaryFolder(parent());
    const [, own] = /(cluster-security-\d+-\d+-)/.exec(path)!;
    const elsewhere = own!.replace(/\d+/, "1");
    const names = [`${own}1-abcdef`, `${elsewhere}1-abcdef`, "cluster-security-test-abcdef"];
    for (const name of names) mkdirSync(parent(name));
    temporaryFolder(parent()).remove();
    remove();
    assert.deepEqual(
      names.map((name) => existsSync(parent(name))),
      [false, true, true],
    );
  });
});

describe("the start time of a process", () => {
  it("is the same as long as it runs, and undefined where there is none", () => {
    assert.match(startTimeOf(process.pid)!, /^\d+$/);
    assert.equal(startTimeOf(process.pid), startTimeOf(process.pid));
    // Above the largest number that Linux gives (proc(5), pid_max).
    assert.equal(startTimeOf(2 ** 22 + 1), undefined);
  });

  it("is that of ps where there is no /proc", () => {
    const age = Date.now() - Number(fromPs(process.pid));
    assert(age > 0 && age < 60 * 60_000, `${age} ms`);
  });
});
