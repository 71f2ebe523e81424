import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { Cluster } from "../../../../cli/lab/apply/index.js";

/** Kills the helm that installs or upgrades a release, as soon as the release has that status. */
export async function killHelmAt(
  { api }: Cluster,
  { namespace, name }: { namespace: string; name: string },
  wanted: "pending-install" | "pending-upgrade",
): Promise<void> {
  const labelSelector = `owner=helm,name=${name},status=${wanted}`;
  for (let tries = 0; tries < 1500; tries++) {
    const found = await api.list("v1", { name: "secrets" }, { labelSelector }, namespace);
    const pids = readdirSync("/proc").filter(
      (pid) => /^\d+$/.test(pid) && new RegExp(`\0(install|upgrade)\0${name}\0`).test(commandLine(pid)),
    );
    if (found.length > 0 && pids.length > 0) {
      for (const pid of pids) process.kill(Number(pid), "SIGKILL");
      return;
    }
    await sleep(20);
  }
  assert.fail(`the release never was ${wanted}`);
}

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8");
  } catch {
    return "";
  }
}
