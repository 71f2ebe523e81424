import { mkdtempSync, readdirSync, readlinkSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startTimeOf } from "./processes.js";

/** A folder that only its owner can read. */
export interface TemporaryFolder {
  path: string;
  remove(): void;
}

/**
 * Makes a folder that is gone when this process ends. One that was killed leaves its folder behind, which the next
 * process removes: the name holds the number and the start time of the process, and where that number counts.
 *
 * @param parent Default: the system's folder for temporary files.
 */
export function temporaryFolder(parent = tmpdir()): TemporaryFolder {
  removeAbandoned(parent);
  // mkdtemp makes folders that are closed to others.
  const path = mkdtempSync(
    join(parent, `cluster-security-${namespace()}-${process.pid}-${startTimeOf(process.pid)}-`),
  );
  const remove = () => rmSync(path, { recursive: true, force: true });
  process.once("exit", remove);
  return {
    path,
    remove: () => {
      process.off("exit", remove);
      remove();
    },
  };
}

/** Number of the PID namespace (pid_namespaces(7)); 0 where there are none. */
function namespace(): string {
  try {
    return /\d+/.exec(readlinkSync("/proc/self/ns/pid"))![0];
  } catch {
    return "0";
  }
}

function removeAbandoned(parent: string): void {
  for (const name of readdirSync(parent)) {
    const [, where, pid, startTime] = /^cluster-security-(\d+)-(\d+)-(\d+)-\w{6}$/.exec(name) ?? [];
    // Another container may share the folder; its processes cannot be seen from here.
    if (where !== namespace() || startTimeOf(Number(pid)) === startTime) continue;
    const path = join(parent, name);
    // Another process may remove it at the same time.
    const owner = statSync(path, { throwIfNoEntry: false })?.uid;
    if (owner === process.getuid?.()) rmSync(path, { recursive: true, force: true });
  }
}
