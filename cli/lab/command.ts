import { existsSync, readdirSync, rmSync } from "node:fs";
import { forgetUserSettings } from "../plan/engine/folder.js";
import { fetchCharts, type Fetched } from "../kit/charts.js";
import { defaultLab } from "../kit/options.js";
import { progressOn, type Progress } from "../kit/progress.js";
import { leaveToSignal, onSignal } from "../kit/signals.js";
import { UserError, withoutTrace } from "../kit/userError.js";
import { stopLab } from "./cluster/controlPlane.js";
import { labPaths, labsFolder } from "./cluster/paths.js";
import { endLab } from "./ending.js";
import { demandNotRunning, isAnythingRunning } from "./cluster/running.js";
import { holderOf, lockLab } from "./lock.js";
import type { StartOptions } from "./startCommand.js";
import { startLab } from "./start.js";

/** `start --cluster simulated`; returns false if a claim failed. */
export async function startSimulated(given: StartOptions): Promise<boolean> {
  if (process.platform !== "linux") {
    throw new UserError("The lab runs on Linux only. A plan runs anywhere: npm run plan");
  }
  const { name } = given;
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
      fetchedCharts: fetched?.charts,
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

/** The command `lab stop`. Without a name, and without a lab of the default one, it lists those that there are. */
export async function stopCommand({ name: given }: { name?: string }): Promise<void> {
  const name = given ?? defaultLab;
  const { root, failureLogs } = labPaths(name);
  // Its servers would be stopped under the process that starts it.
  lockLab(name, "Stop it there, with Ctrl-C, or wait until it has ended.");
  const there = existsSync(root) || existsSync(failureLogs);
  await stopLab(name, { removeFiles: true });
  rmSync(failureLogs, { recursive: true, force: true });
  process.stdout.write(there ? `lab ${name} is stopped and removed\n` : `there is no lab ${name}\n`);
  if (!there && given === undefined) await listCommand();
}

/** The command `lab list`. */
export function listCommand(): Promise<void> {
  const names = existsSync(labsFolder) ? readdirSync(labsFolder) : [];
  // A dot is in the names of locks, of logs and of what a lab on kind keeps.
  const labs = names.filter((name) => !name.includes(".")).sort();
  const lines = labs.map((name) => {
    const holder = holderOf(name);
    if (holder !== undefined) return `${name}  is being started or is running, in ${holder}`;
    const stop = `npm run lab:stop -- --name ${name}`;
    return isAnythingRunning(name)
      ? `${name}  runs; export KUBECONFIG=${labPaths(name).kubeconfig}; ${stop}`
      : `${name}  does not run; ${stop} removes its files`;
  });
  process.stdout.write(lines.length === 0 ? "there are no labs\n" : `${lines.join("\n")}\n`);
  return Promise.resolve();
}
