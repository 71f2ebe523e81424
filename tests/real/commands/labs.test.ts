import assert from "node:assert/strict";
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isRunning, start, stop } from "../../../cli/lab/cluster/daemon.js";
import { labPaths } from "../../../cli/lab/cluster/paths.js";
import { runCommand } from "../../kit/runCommand.js";
import { skip } from "../../kit/skip.js";

describe("the labs of a checkout", function () {
  this.timeout(60_000);

  const names = ["running", "broken"].map((name) => `unit-labs-${name}-${process.pid}`) as [string, string];
  const [running, broken] = names;
  const { logs, processes } = labPaths(running);
  beforeEach(() => {
    start({ name: "etcd", command: ["sleep", "600"], logs, processes, keep: false });
    // As a machine that went down leaves it.
    mkdirSync(labPaths(broken).processes, { recursive: true });
    writeFileSync(join(labPaths(broken).processes, "etcd.json"), '{"pid": 12');
  });
  afterEach(async () => {
    await stop(processes, "etcd", 5);
    for (const name of names) rmSync(labPaths(name).root, { recursive: true, force: true });
  });

  const lines = [
    `${broken}  does not run; npm run lab:stop -- --name ${broken} removes its files`,
    `${running}  runs; export KUBECONFIG=${labPaths(running).kubeconfig}; npm run lab:stop -- --name ${running}`,
  ];
  /** Other labs may be there as well. */
  const ours = (text: string) => text.split("\n").filter((line) => line.includes("unit-labs-"));

  it("are listed, also with a note that was cut off", async () => {
    const { status, stdout, stderr } = await runCommand(["lab", "list"]);
    assert.deepEqual([status, stderr, ours(stdout)], [0, "", lines]);
  });

  it("are listed by lab stop without a name, which stops none of them", async function () {
    const { root, failureLogs } = labPaths("default");
    if (existsSync(root) || existsSync(failureLogs)) skip(this, "a lab of the default name is there");
    const { status, stdout } = await runCommand(["lab", "stop"]);
    assert.deepEqual([status, stdout.split("\n")[0], ours(stdout)], [0, "there is no lab default", lines]);
    assert(isRunning(processes, "etcd"));
  });

  it("are not stopped by the name of none", async () => {
    const { status, stdout } = await runCommand(["lab", "stop", "--name", `${running}-nope`]);
    assert.deepEqual([status, stdout], [1, `there is no lab ${running}-nope\n`]);
  });

  it("are stopped and removed by name, also with a note that was cut off", async () => {
    for (const name of names) {
      const { status, stdout } = await runCommand(["lab", "stop", "--name", name]);
      assert.deepEqual([status, stdout], [0, `lab ${name} is stopped and removed\n`]);
      assert(!existsSync(labPaths(name).root));
    }
    assert(!isRunning(processes, "etcd"));
  });
});
