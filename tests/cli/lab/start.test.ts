import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isDaemonRunning, start, stop } from "../../../cli/lab/cluster/daemon.js";
import { labPaths } from "../../../cli/lab/cluster/paths.js";
import { silent } from "../../../cli/kit/progress.js";
import { startLab } from "../../../cli/lab/start.js";

const name = "unit-start";
const { root, logs, failureLogs, processes } = labPaths(name);
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
