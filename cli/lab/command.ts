import { existsSync, readdirSync, rmSync } from "node:fs";
import { forgetUserSettings } from "../plan/engine/folder.js";
import { fetchCharts, type Fetched } from "../kit/charts.js";
import { progressOn, type Progress } from "../kit/progress.js";
import { leaveToSignal, onSignal } from "../kit/signals.js";
import { widthOf, wrap } from "../kit/table.js";
import { UserError, withoutTrace } from "../kit/userError.js";
import { stopLab } from "./cluster/labControlPlane.js";
import { labPaths, labsFolder } from "./cluster/paths.js";
import { endLab } from "./ending.js";
import { demandNotRunning, isAnythingRunning } from "./cluster/running.js";
import { holderOf, inLabsFolder, lockLab } from "./lock.js";
import { chartsWithVelero } from "./node/velero/chart.js";
import type { LocalOptions } from "./startCommand.js";
import { labSettings } from "./settings.js";
import { startLab } from "./start.js";

/** `start` of a simulated cluster or of a real node; returns false if a claim failed. */
export async function startLocal(given: LocalOptions): Promise<boolean> {
  if (process.platform !== "linux") {
    throw new UserError("The lab runs on Linux only. A plan runs anywhere: npm run plan");
  }
  const { name, stack } = given;
  // It takes minutes until the settings are needed.
  await labSettings(stack);
  lockLab(name, "Wait until it has ended, or give another --name.");
  demandNotRunning(name);
  // From here on the lab is this process's own.
  onSignal((signal) => endLab(name, signal));
  forgetUserSettings();
  const progress = await progressOn(process.stderr);
  try {
    const fetched = await fetchedIfPossible(progress);
    const options = {
      ...given,
      keep: given.keep ?? false,
      fetchedCharts:
        fetched && (given.cluster === "node" ? await chartsWithVelero(fetched, progress) : fetched.charts),
      crds: given.crds ?? fetched?.crds,
      progress,
    };
    const { holds } = await startLab(options, (line) => process.stdout.write(`${line}\n`));
    await leaveToSignal();
    return holds;
  } catch (error) {
    throw withoutTrace(error as Error);
  }
}

/** Charts and definitions from their Go modules. The lab does without, so what keeps them away is only said. */
async function fetchedIfPossible(progress: Progress): Promise<Fetched | undefined> {
  try {
    return await fetchCharts(progress);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    progress.done();
    process.stderr.write(`${error.message}\nGoing on without them: releases are recorded, not installed.\n`);
    return undefined;
  }
}

/** The command `lab stop`; returns false if there is no lab of that name, and lists those that there are. */
export async function stopCommand({ name }: { name: string }): Promise<boolean> {
  const { root, failureLogs } = labPaths(name);
  // Its servers would be stopped under the process that starts it.
  lockLab(name, "Stop it there, with Ctrl-C, or wait until it has ended.");
  const there = existsSync(root) || existsSync(failureLogs);
  await stopLab(name, { removeFiles: true });
  rmSync(failureLogs, { recursive: true, force: true });
  process.stdout.write(there ? `lab ${name} is stopped and removed\n` : `there is no lab ${name}\n`);
  if (!there) await listCommand();
  return there;
}

/** A lab of this checkout. */
interface Listed {
  name: string;
  /** stopped: its files are there, and nothing of it runs. */
  state: "starting" | "running" | "stopped";
  /** The process that starts or stops it. */
  holder?: string;
  kubeconfig?: string;
}

function labs(): Listed[] {
  const names = existsSync(labsFolder) ? inLabsFolder(labsFolder, () => readdirSync(labsFolder)) : [];
  // A dot is in the names of locks, of logs and of what a lab on kind keeps.
  return names
    .filter((name) => !name.includes("."))
    .sort()
    .map((name) => {
      const holder = holderOf(name);
      if (holder !== undefined) return { name, state: "starting", holder };
      if (!isAnythingRunning(name)) return { name, state: "stopped" };
      return { name, state: "running", kubeconfig: labPaths(name).kubeconfig };
    });
}

/** The command `lab list`. */
export function listCommand({ json }: { json?: true } = {}): Promise<void> {
  const found = labs();
  const lines = found.map(({ name, state, holder, kubeconfig }) => {
    const stop = `npm run lab:stop -- --name ${name}`;
    const about = {
      starting: `is being started or is running, in ${holder}`,
      running: `runs; export KUBECONFIG=${kubeconfig}; ${stop}`,
      stopped: `does not run; ${stop} removes its files`,
    }[state];
    return wrap(about, widthOf(process.stdout), `${name}  `, "    ").join("\n");
  });
  const text = lines.length === 0 ? "there are no labs" : lines.join("\n");
  process.stdout.write(`${json ? JSON.stringify(found, null, 2) : text}\n`);
  return Promise.resolve();
}
