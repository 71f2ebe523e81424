import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { Progress } from "../progress.js";

/**
 * Runs the work while no other process does; one that was killed at it is passed over. It saves a second build and no
 * more: results are renamed into place, so two at a time would do no harm.
 */
export async function withLock(
  file: string,
  progress: Progress,
  what: string,
  work: () => Promise<void>,
): Promise<void> {
  for (let waited = false; !take(file); waited = true) {
    if (!waited) progress.step(`waiting for another process that builds ${what}`);
    await sleep(500);
  }
  try {
    await work();
  } finally {
    rmSync(file, { force: true });
  }
}

function take(file: string): boolean {
  try {
    writeFileSync(file, String(process.pid), { flag: "wx" });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
  const owner = ownerOf(file);
  if (owner !== undefined && !isAlive(owner)) rmSync(file, { force: true });
  return false;
}

/** Undefined between its making and its writing, and when it has just gone. */
function ownerOf(file: string): number | undefined {
  try {
    return Number(readFileSync(file, "utf8")) || undefined;
  } catch {
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
