import { existsSync } from "node:fs";
import { runningProcesses } from "../../kit/processes.js";
import { answerOf } from "../../kit/until.js";
import { UserError } from "../../kit/userError.js";
import { isDaemonRunning, noted } from "./daemon.js";
import { labPaths } from "./paths.js";

/** @throws UserError when something of the lab runs. */
export function demandNotRunning(name: string): void {
  if (!isAnythingRunning(name)) return;
  throw new UserError(`Lab ${name} is running. Stop it first: npm run lab:stop -- --name ${name}`);
}

/** True while any process of the lab lives. */
export function isAnythingRunning(name: string): boolean {
  const { processes } = labPaths(name);
  return noted(processes).some((process) => isDaemonRunning(processes, process));
}

/**
 * Waits until nothing holds a node of the lab: where the process that started it was killed, its holder
 * (../node/hold.sh) ends it and removes its files a moment later.
 *
 * @throws UserError if it is still held when the time is over.
 */
export async function untilNoNode(name: string, seconds = 30): Promise<void> {
  const { machine } = labPaths(name);
  const holder = () =>
    runningProcesses().find(({ command }) => command.includes(`/hold.sh\0${machine}\0`))?.pid;
  const isOver = await answerOf(() => !existsSync(machine) || holder() === undefined, { seconds });
  if (isOver) return;
  throw new UserError(
    `The node of lab ${name} has not ended, and process ${holder()} holds it. End that one first`,
  );
}
