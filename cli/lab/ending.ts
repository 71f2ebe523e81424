import { rmSync } from "node:fs";
import { runningProcesses } from "../kit/processes.js";
import { stopLab } from "./cluster/labControlPlane.js";
import { endNodes } from "./node/realNode.js";
import { noted, refuseStarts, runningPid } from "./cluster/daemon.js";
import { labPaths } from "./cluster/paths.js";

/** Stops the lab and removes its files. */
export async function endLab(name: string, signal: string): Promise<void> {
  process.stderr.write(`\n${signal}: stopping lab ${name}\n`);
  const { root, processes, failureLogs } = labPaths(name);
  // What this process is doing goes on meanwhile, and must not start what was just stopped.
  refuseStarts();
  killOthers(processes);
  await stopLab(name, { removeFiles: false });
  await endNodes();
  // It may have turned to another helm or kubectl.
  killOthers(processes);
  for (const folder of [root, failureLogs]) rmSync(folder, { recursive: true, force: true });
}

/**
 * Kills what this process runs in addition to the lab's servers: the engine, helm, kubectl. The compiler of this program
 * stays, and so does what holds a real node: it cleans up after the node.
 */
function killOthers(processes: string): void {
  const servers = new Set(noted(processes).map((name) => runningPid(processes, name)));
  for (const { pid, parent, command } of runningProcesses()) {
    if (parent !== process.pid) continue;
    const stays = ["/esbuild\0", "/hold.sh\0"].some((part) => command.includes(part));
    if (!servers.has(pid) && !stays) process.kill(pid, "SIGKILL");
  }
}
