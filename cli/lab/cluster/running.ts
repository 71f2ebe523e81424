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
