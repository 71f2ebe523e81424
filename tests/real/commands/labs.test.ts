import assert from "node:assert/strict";
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isDaemonRunning, start, stop } from "../../../cli/lab/cluster/daemon.js";
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
  const ours = (text: string) => text.split("\n").filter((line) => line.startsWith("unit-labs-"));

  it("are listed on a narrow terminal", async () => {
    const { stdout } = await runCommand(["lab", "list"], { env: { COLUMNS: "40" } });
    assert.ok(
      stdout.split("\n").every((line) => line.length <= 40),
      stdout,
    );
    assert.match(stdout, new RegExp(`^${broken} .*\\n    `, "m"));
  });

  it("are listed, also with a note that was cut off", async () => {
    const { status, stdout, stderr } = await runCommand(["lab", "list"]);
    assert.deepEqual([status, stderr, ours(stdout)], [0, "", lines]);
  });

  for (const [title, name, args] of [
    ["without a name", "default", []],
    ["with the name of none", `${running}-nope`, ["--name", `${running}-nope`]],
  ] as const)
    it(`are listed by lab stop ${title}, which stops none of them`, async function () {
      const { root, failureLogs } = labPaths(name);
      if (existsSync(root) || existsSync(failureLogs)) skip(this, `a lab ${name} is there`);
      const { status, stdout } = await runCommand(["lab", "stop", ...args]);
      assert.deepEqual([status, stdout.split("\n")[0], ours(stdout)], [1, `there is no lab ${name}`, lines]);
      assert(isDaemonRunning(processes, "etcd"));
    });

  it("are stopped and removed by name, also with a note that was cut off", async () => {
    for (const name of names) {
      const { status, stdout } = await runCommand(["lab", "stop", "--name", name]);
      assert.deepEqual([status, stdout], [0, `lab ${name} is stopped and removed\n`]);
      assert(!existsSync(labPaths(name).root));
    }
    assert(!isDaemonRunning(processes, "etcd"));
  });
});
