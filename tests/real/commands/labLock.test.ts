import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { relative } from "node:path";
import { labPaths } from "../../../cli/lab/cluster/paths.js";
import { lockLab } from "../../../cli/lab/lock.js";
import { runCommand } from "../../kit/runCommand.js";

const name = `unit-lock-${process.pid}`;
const { root, lock } = labPaths(name);

describe("the lock of a lab", function () {
  this.timeout(60_000);

  let holder: ChildProcess;
  /** Another process takes the lock and goes on. */
  beforeEach(async () => {
    const module = new URL("../../../cli/lab/lock.ts", import.meta.url).href;
    const script = `import { lockLab } from ${JSON.stringify(module)};
      lockLab(${JSON.stringify(name)});
      process.on("SIGTERM", () => process.exit());
      console.log("locked");
      setInterval(() => {}, 1000);`;
    holder = spawn(process.execPath, ["--import", "tsx", "--input-type=module", "--eval", script]);
    await once(holder.stdout!, "data");
  });
  afterEach(() => {
    holder.kill("SIGKILL");
    rmSync(lock, { force: true });
  });

  const holding = () => `process ${holder.pid}, which holds ${relative(process.cwd(), lock)}`;

  it("keeps a second npm start from it, which leaves the lab alone", async () => {
    const { status, stdout, stderr } = await runCommand(["start", "--name", name]);
    assert.deepEqual([status, stdout], [1, ""]);
    assert.equal(
      stderr,
      `Lab ${name} is being started or is running, in ${holding()}. Wait until it has ended, or give another --name.\n`,
    );
    assert.deepEqual([existsSync(lock), existsSync(root)], [true, false]);
  });

  it("keeps lab stop from it as well, and lab list says who has it", async () => {
    mkdirSync(root);
    try {
      const stop = await runCommand(["lab", "stop", "--name", name]);
      assert.deepEqual([stop.status, stop.stdout], [1, ""]);
      assert.equal(
        stop.stderr,
        `Lab ${name} is being started or is running, in ${holding()}. Stop it there, with Ctrl-C, or wait until it has ended.\n`,
      );
      assert(existsSync(root));
      const { stdout } = await runCommand(["lab", "list"]);
      const line = `${name}  is being started or is running, in ${holding()}`;
      assert.ok(stdout.split("\n").includes(line), stdout);
      const { stdout: json } = await runCommand(["lab", "list", "--json"]);
      const labs = JSON.parse(json) as { name: string }[];
      assert.deepEqual(
        labs.find((lab) => lab.name === name),
        { name, state: "starting", holder: holding() },
      );
    } finally {
      rmSync(root, { recursive: true });
    }
  });

  it("is gone when its process ends", async () => {
    holder.kill("SIGTERM");
    await once(holder, "exit");
    assert(!existsSync(lock));
  });

  it("is not held by a process that was killed", async () => {
    assert.throws(() => lockLab(name), { name: "UserError" });
    holder.kill("SIGKILL");
    await once(holder, "exit");
    // Whatever has its number now.
    writeFileSync(lock, String(process.pid));
    await runCommand(["lab", "stop", "--name", name]);
    assert(!existsSync(lock));
    lockLab(name);
    await runCommand(["lab", "stop", "--name", name]);
    const { stderr } = await runCommand(["start", "--name", name]);
    assert.match(stderr, new RegExp(`in process ${process.pid}, which holds `));
  });
});
