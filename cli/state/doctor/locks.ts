import { existsSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { homedir, hostname } from "node:os";
import { join, resolve } from "node:path";
import { startTimeOf } from "../../kit/processes.js";

/** A lock, and whether the process that made it still runs; undefined where that cannot be seen from here. */
export interface Lock {
  file: string;
  owner: string;
  runs: boolean | undefined;
}

/**
 * Folder of a backend, as Pulumi finds it (https://github.com/pulumi/pulumi/blob/v3.248.0/pkg/backend/diy/backend.go,
 * massageBlobPath); undefined for a backend that is no folder.
 *
 * @param url What `pulumi whoami` says, such as file://~ or file://./state.
 * @param base Folder in which Pulumi runs.
 */
export function stateFolder(url: string, base: string): string | undefined {
  const [, path] = /^file:\/\/([^?]*)/.exec(url) ?? [];
  if (path === undefined) return undefined;
  return resolve(base, decodeURIComponent(path).replace(/^~/, homedir()));
}

/** Reads locks as Pulumi writes them (https://github.com/pulumi/pulumi/blob/v3.248.0/pkg/backend/diy/lock.go). */
export function locksIn(folder: string, runs = isProcessRunning): Lock[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.endsWith(".json"))
    .map((name) => {
      const file = join(folder, name);
      const lock = JSON.parse(readFileSync(file, "utf8")) as {
        pid: number;
        username: string;
        hostname: string;
        timestamp: string;
      };
      const owner = `${lock.username}@${lock.hostname} (pid ${lock.pid}) at ${lock.timestamp}`;
      return { file, owner, runs: lock.hostname === hostname() ? runs(lock.pid) : undefined };
    });
}

/**
 * Whether a process of that number runs in any PID namespace of this machine: a container may have the machine's host name,
 * and numbers of its own. Only the initial namespace sees all processes.
 *
 * @param proc Default: /proc. Without one, as on macOS, there are no such namespaces.
 * @returns undefined where not all processes can be seen.
 */
export function isProcessRunning(pid: number, proc = "/proc"): boolean | undefined {
  if (!existsSync(join(proc, "self"))) return startTimeOf(pid) !== undefined;
  try {
    if (readlinkSync(join(proc, "self/ns/pid")) !== initialNamespace) return undefined;
    // Hidden from other users where /proc is mounted with hidepid.
    readFileSync(join(proc, "1/status"));
  } catch {
    return undefined;
  }
  return readdirSync(proc).some((name) => /^\d+$/.test(name) && numbersOf(join(proc, name)).includes(pid));
}

/** PROC_PID_INIT_INO of https://github.com/torvalds/linux/blob/v6.12/include/linux/proc_ns.h. */
const initialNamespace = `pid:[${0xeffffffc}]`;

/** Numbers of a process, one for each namespace that it is in (pid_namespaces(7)); none once it has ended. */
function numbersOf(folder: string): number[] {
  try {
    const [, numbers = ""] = /^NSpid:\s*(.*)$/m.exec(readFileSync(join(folder, "status"), "utf8")) ?? [];
    return numbers.split(/\s+/).map(Number);
  } catch {
    return [];
  }
}
