import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { fetchCharts } from "../../cli/kit/charts.js";
import { silent } from "../../cli/kit/progress.js";
import { startLab } from "../../cli/lab/start.js";

/**
 * Runs one lab and prints, as JSON, how long each of its phases took and how much memory everything together had at
 * most: this process, the engine, and the servers of the lab.
 */
const [name] = process.argv.slice(2) as [string];
const folder = fileURLToPath(new URL(`../../.lab/${name}`, import.meta.url));

/** Resident megabytes of this process, of what it started, and of what has the lab's folder on its command line. */
function residentMegabytes(): number {
  const processes = readdirSync("/proc")
    .filter((entry) => /^\d+$/.test(entry))
    .flatMap((pid) => {
      try {
        const status = readFileSync(`/proc/${pid}/status`, "utf8");
        const kilobytes = Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? 0);
        const parent = Number(/^PPid:\s+(\d+)/m.exec(status)?.[1]);
        return [
          { pid: Number(pid), parent, kilobytes, command: readFileSync(`/proc/${pid}/cmdline`, "utf8") },
        ];
      } catch {
        return []; // It has just ended.
      }
    });
  const ours = new Set([process.pid]);
  for (let before = 0; before < ours.size;) {
    before = ours.size;
    for (const { pid, parent } of processes) if (ours.has(parent)) ours.add(pid);
  }
  return processes
    .filter(({ pid, command }) => ours.has(pid) || command.includes(folder))
    .reduce((sum, { kilobytes }) => sum + kilobytes / 1024, 0);
}

const { charts: fetchedCharts, crds } = await fetchCharts();
let most = 0;
const sampling = setInterval(() => (most = Math.max(most, residentMegabytes())), 250);
const options = { name, stack: "lab", keep: false, crds, fetchedCharts, progress: silent };
const { phases } = await startLab(options, () => {});
clearInterval(sampling);
process.stdout.write(`${JSON.stringify({ phases, megabytes: most })}\n`);
process.exit(0);
