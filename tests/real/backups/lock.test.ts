import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { nodeFolders } from "../../../components/backups/node/environment.js";
import { FaultyWorld } from "./faultyWorld.js";

describe("backups: a job that waited too long for another", function () {
  this.timeout(240_000);
  const at = FaultyWorld.ofSuite();

  /** What a job says while a process holds the lock, and the lock says that the process began then. */
  async function whileHeld(then: (began: number) => number, message: (pid: number) => RegExp): Promise<void> {
    const lock = at.node.path(`${nodeFolders.state}/lock`);
    at.node.set("common", { LOCK_WAIT_SECONDS: 1 });
    const holder = spawn("flock", [lock, "sh", "-c", "echo held; sleep 60"], {
      stdio: ["ignore", "pipe", "ignore"],
      detached: true,
    });
    try {
      await once(holder.stdout, "data");
      const stat = readFileSync(`/proc/${holder.pid}/stat`, "utf8");
      const began = Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19]);
      writeFileSync(lock, `${holder.pid} ${then(began)} pg_dump\n`);
      await at.fails("restic-host-backup", message(holder.pid!));
    } finally {
      process.kill(-holder.pid!, "SIGKILL");
    }
  }
  const rest = "see systemctl list-units --state=activating\\n$";

  it("names the process, its job and the lock", () =>
    whileHeld(
      (began) => began,
      (pid) =>
        new RegExp(
          `^another backup job still runs after 1 s: process ${pid} \\(pg_dump\\) holds \\S+/lock; ${rest}`,
        ),
    ));

  it("does not name a later process of the same number", () =>
    whileHeld(
      (began) => began - 1,
      () =>
        new RegExp(
          `^another backup job still runs after 1 s: a process of a job that has ended \\(fuser \\S+/lock\\) holds \\S+/lock; ${rest}`,
        ),
    ));
});
