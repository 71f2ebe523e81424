import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isDaemonRunning, start, stop } from "../../../cli/lab/cluster/daemon.js";
import { stopLab } from "../../../cli/lab/cluster/labControlPlane.js";
import { labPaths } from "../../../cli/lab/cluster/paths.js";
import { untilNoNode } from "../../../cli/lab/cluster/running.js";
import { silent } from "../../../cli/kit/progress.js";
import { startLab } from "../../../cli/lab/start.js";

const name = "unit-start";
const { root, logs, failureLogs, machine, processes } = labPaths(name);
const options = { name, stack: "lab", keep: false, progress: silent };

describe("npm start", () => {
  let printed: string[];
  beforeEach(() => {
    printed = [];
  });
  afterEach(async () => {
    await stop(processes, "etcd", 5);
    for (const folder of [root, failureLogs]) rmSync(folder, { recursive: true, force: true });
  });
  const run = (changed = {}) => startLab({ ...options, ...changed }, (line) => void printed.push(line));

  it("leaves a lab alone that runs already", async () => {
    start({ name: "etcd", command: ["sleep", "60"], logs, processes, keep: false });
    await assert.rejects(run(), {
      name: "UserError",
      message: `Lab ${name} is running. Stop it first: npm run lab:stop -- --name ${name}`,
    });
    assert(isDaemonRunning(processes, "etcd"));
    assert.deepEqual(printed, []);
    assert(!existsSync(failureLogs));
  });

  it("on a node uses nothing of what a killed one has left", async () => {
    mkdirSync(logs, { recursive: true });
    await assert.rejects(run({ cluster: "node", stack: "none" }), /there is no stack "none"/);
    assert.deepEqual(printed, []);
  });

  it("waits for what still holds a killed node, and says what it is", async () => {
    const folder = mkdtempSync(join(tmpdir(), "holder-"));
    const script = join(folder, "hold.sh");
    writeFileSync(script, 'echo held; read line; sleep 0.3; touch "$1/late"');
    mkdirSync(machine, { recursive: true });
    const holder = spawn("sh", [script, machine], { stdio: ["pipe", "pipe", "inherit"] });
    try {
      await once(holder.stdout, "data");
      await assert.rejects(untilNoNode(name, 0), {
        name: "UserError",
        message: `The node of lab ${name} has not ended, and process ${holder.pid} holds it. End that one first`,
      });
      const ended = once(holder, "close");
      holder.stdin.end();
      await stopLab(name, { removeFiles: true });
      assert.deepEqual(await ended, [0, null]);
      assert(!existsSync(root));
    } finally {
      holder.kill();
      rmSync(folder, { recursive: true });
    }
  });

  it("keeps the logs of a lab that failed, and nothing else, until the next start", async () => {
    mkdirSync(logs, { recursive: true });
    writeFileSync(join(logs, "etcd.log"), "disk is full\n");
    await assert.rejects(run({ stack: "none" }), /there is no stack "none" \(Pulumi\.none\.yaml\)/);
    assert.deepEqual(printed, [`Logs: .lab/${name}.logs`]);
    assert.equal(readFileSync(join(failureLogs, "etcd.log"), "utf8"), "disk is full\n");
    assert(!existsSync(root));

    await assert.rejects(run({ stack: "none" }), /there is no stack "none" \(Pulumi\.none\.yaml\)/);
    assert(!existsSync(failureLogs));
    assert.equal(printed.length, 1);
  });
});
