import { until } from "../../../../cli/kit/until.js";
import type { ClusterConnection } from "../../../../cli/lab/apply/index.js";
import { runningProcesses } from "../../../kit/startedCommand.js";

/** Kills the helm that installs or upgrades a release, as soon as the release has that status. */
export async function killHelmAt(
  { api }: ClusterConnection,
  { namespace, name }: { namespace: string; name: string },
  wanted: "pending-install" | "pending-upgrade",
): Promise<void> {
  const labelSelector = `owner=helm,name=${name},status=${wanted}`;
  const installing = new RegExp(` (install|upgrade) ${name} `);
  const isKilled = async () => {
    const found = await api.list("v1", { name: "secrets" }, { labelSelector }, namespace);
    const helms = runningProcesses().filter(({ command }) => installing.test(command));
    if (found.length === 0 || helms.length === 0) return false;
    for (const { pid } of helms) process.kill(pid, "SIGKILL");
    return true;
  };
  await until(isKilled, `the release never was ${wanted}`, { pause: 20 });
}
