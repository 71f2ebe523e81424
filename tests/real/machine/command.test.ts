import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { cgroupsOf } from "../../../cli/lab/node/cgroups.js";
import { holderOf } from "../../../cli/lab/lock.js";
import { labPaths } from "../../../cli/lab/cluster/paths.js";
import { until } from "../../../cli/kit/until.js";
import { program, runCommand } from "../../kit/runCommand.js";
import { BackgroundCommand, runningProcesses, type RunningProcess } from "../../kit/startedCommand.js";
import { demandNode } from "./world.js";

const name = "machine-command";
const start = ["start", "--cluster", "node", "--name", name];
const { root, machine: folder, lock } = labPaths(name);

/** Folders of this process's cgroups that hold nodes. */
const cgroups = (): string[] => {
  const [own, mounts] = ["cgroup", "mountinfo"].map((file) => readFileSync(`/proc/self/${file}`, "utf8"));
  return cgroupsOf(own!, mounts!, "any")
    .all.map(dirname)
    .flatMap((parent) =>
      readdirSync(parent)
        .filter((name) => name.startsWith("cluster-security-"))
        .map((name) => join(parent, name)),
    );
};

/** Every process that has come from this one, by way of others. */
function descendants(pid: number, all = runningProcesses()): RunningProcess[] {
  const children = all.filter(({ parent }) => parent === pid);
  return [...children, ...children.flatMap((child) => descendants(child.pid, all))];
}

describe("npm start -- --cluster node", () => {
  let earlier: string[];
  before(function () {
    demandNode(this);
  });
  beforeEach(() => {
    earlier = cgroups();
    assert.equal(holderOf(name), undefined, "a node of this checkout runs");
  });

  let processes: RunningProcess[];
  /** What still runs of what ran. A number that is used again has another command. */
  const stillRunning = () => {
    const now = runningProcesses();
    return processes.filter((one) =>
      now.some(({ pid, command }) => pid === one.pid && command === one.command),
    );
  };

  const started = async (): Promise<BackgroundCommand> => {
    const others = descendants(process.pid).map(({ pid }) => pid);
    const command = new BackgroundCommand(process.execPath, [program, ...start]);
    // It runs, and more is under way.
    await command.until(() => /^node files .* applied: /m.test(command.output));
    processes = descendants(process.pid).filter(({ pid }) => !others.includes(pid));
    for (const part of ["/hold.sh", "/systemd", "/containerd", "sleep infinity"])
      assert.ok(
        processes.some((one) => one.command.includes(part)),
        `${part} runs`,
      );
    assert.ok(cgroups().length > earlier.length);
    return command;
  };
  const nothingIsLeft = async () => {
    await until(
      () => stillRunning().length === 0 && !existsSync(folder) && cgroups().length === earlier.length,
      () =>
        `left: ${JSON.stringify([stillRunning(), existsSync(folder), cgroups().filter((one) => !earlier.includes(one))])}`,
    );
  };

  it("leaves nothing after Ctrl-C", async () => {
    const command = await started();
    command.signal("SIGINT");
    assert.equal(await command.end, 130, command.output);
    assert.deepEqual([existsSync(lock), existsSync(root)], [false, false]);
    await nothingIsLeft();
  });

  it("leaves nothing when it is killed, by whatever", async () => {
    const command = await started();
    command.signal("SIGKILL");
    assert.equal(await command.end, 137);
    await nothingIsLeft();
    assert.equal((await runCommand(["lab", "stop", "--name", name])).status, 0);
    assert.ok(!existsSync(root));
  });

  it("leaves nothing when what holds the node is killed, and says so", async () => {
    const command = await started();
    const holder = processes.find((one) => one.command.includes("/hold.sh"))!;
    process.kill(holder.pid, "SIGKILL");
    assert.equal(await command.end, 1);
    await nothingIsLeft();
  });

  it("says what is missing, and how to get it, with exit status 1", async () => {
    const bin = mkdtempSync(join(tmpdir(), "no-programs-"));
    symlinkSync(process.execPath, join(bin, "node"));
    try {
      const { status, stdout, stderr } = await runCommand(start, { env: { PATH: bin } });
      assert.deepEqual([status, stdout], [1, ""]);
      assert.match(
        stderr,
        /^A node needs what is missing here:\n {2}Debian packages: apt-get install .*util-linux/,
      );
    } finally {
      rmSync(bin, { recursive: true });
    }
  });
});
