import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import type { Cluster } from "../../../../cli/lab/apply/index.js";
import { runningProcesses } from "../../../kit/startedCommand.js";

/** Kills the helm that installs or upgrades a release, as soon as the release has that status. */
export async function killHelmAt(
  { api }: Cluster,
  { namespace, name }: { namespace: string; name: string },
  wanted: "pending-install" | "pending-upgrade",
): Promise<void> {
  const labelSelector = `owner=helm,name=${name},status=${wanted}`;
  for (let tries = 0; tries < 1500; tries++) {
    const found = await api.list("v1", { name: "secrets" }, { labelSelector }, namespace);
    const helms = runningProcesses().filter(({ command }) =>
      new RegExp(` (install|upgrade) ${name} `).test(command),
    );
    if (found.length > 0 && helms.length > 0) {
      for (const { pid } of helms) process.kill(pid, "SIGKILL");
      return;
    }
    await sleep(20);
  }
  assert.fail(`the release never was ${wanted}`);
}
