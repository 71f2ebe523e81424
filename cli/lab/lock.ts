import { spawnSync } from "node:child_process";
import {
  closeSync,
  existsSync,
  fstatSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { dirname, relative } from "node:path";
import { UserError } from "../kit/userError.js";
import { labPaths } from "./cluster/paths.js";

/**
 * Keeps other processes from starting a lab of that name until this one ends. The kernel holds the lock (flock(2)) and
 * drops it when this process dies, whatever killed it.
 *
 * @throws UserError when another process holds it.
 */
export function lockLab(name: string, advice = "Wait until it has ended."): void {
  const { lock } = labPaths(name);
  mkdirSync(dirname(lock), { recursive: true, mode: 0o700 });
  for (;;) {
    const file = inLabsFolder(dirname(lock), () => openSync(lock, "a+", 0o600));
    if (!take(file)) {
      const holder = holderIn(lock);
      throw new UserError(`Lab ${name} is being started or is running, in ${holder}. ${advice}`);
    }
    // The last holder may have removed the file between its opening and its locking.
    if (statSync(lock, { throwIfNoEntry: false })?.ino === fstatSync(file).ino) {
      ftruncateSync(file);
      writeSync(file, String(process.pid));
      process.once("exit", () => rmSync(lock, { force: true }));
      return;
    }
    closeSync(file);
  }
}

/**
 * Returns what `work` returns, which uses the folder of labs: those are their owner's alone.
 *
 * @throws UserError if this user may not do it.
 */
export function inLabsFolder<T>(folder: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EACCES") throw error;
    throw new UserError(
      `${folder} holds the labs of user ${statSync(folder).uid}, and user ${process.geteuid?.()} may not use it. ` +
        "Run labs as that user, or in a checkout of your own",
    );
  }
}

/** Who starts or runs a lab of that name, or stops it; undefined if nobody does. */
export function holderOf(name: string): string | undefined {
  const { lock } = labPaths(name);
  if (!existsSync(lock)) return undefined;
  const file = openSync(lock, "r");
  try {
    return take(file) ? undefined : holderIn(lock);
  } finally {
    closeSync(file);
  }
}

/** It writes its number after it has the lock. */
function holderIn(lock: string): string {
  const pid = readFileSync(lock, "utf8");
  return `${pid === "" ? "another process" : `process ${pid}`}, which holds ${relative(process.cwd(), lock)}`;
}

/** Locks an open file, which stays locked as long as it is open here: flock(1) gets it as descriptor 3. */
function take(file: number): boolean {
  const { status, signal, error } = spawnSync("flock", ["--nonblock", "3"], {
    stdio: ["ignore", "ignore", "inherit", file],
  });
  if (error) throw new UserError(`flock, a part of util-linux, is needed: ${error.message}`);
  if (signal) throw new UserError(`flock was ended by ${signal}`);
  return status === 0;
}
