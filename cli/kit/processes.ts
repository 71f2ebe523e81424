import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";

/**
 * When a process started, as digits; undefined when there is none of that number. It tells a process from a later one of
 * the same number. Linux: clock ticks since boot, field 22 of /proc/PID/stat. Elsewhere: milliseconds, from ps(1).
 */
export function startTimeOf(pid: number): string | undefined {
  try {
    return existsSync("/proc/self/stat") ? fromProc(pid) : fromPs(pid);
  } catch {
    return undefined;
  }
}

function fromProc(pid: number): string | undefined {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  // The name of the program, in parentheses, may hold spaces.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  // One that was killed holds its ports until its last thread has ended, when it has been a zombie for a while.
  const hasEnded = fields[0] === "Z" && readdirSync(`/proc/${pid}/task`).length === 1;
  return hasEnded ? undefined : fields[19];
}

/** A process that runs. */
export interface RunningProcess {
  pid: number;
  parent: number;
  /** Number of its session. */
  session: number;
  /** Its arguments, with a NUL after each. */
  command: string;
}

/** All processes of this machine (proc(5), /proc/PID/stat). Linux only. */
export function runningProcesses(): RunningProcess[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
        const [state, parent, , session] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
        if (state === "Z") return [];
        const command = readFileSync(`/proc/${pid}/cmdline`, "utf8");
        return [{ pid: Number(pid), parent: Number(parent), session: Number(session), command }];
      } catch {
        return []; // It has just ended.
      }
    });
}

/** {@link startTimeOf} where there is no /proc. */
export function fromPs(pid: number): string {
  const options = { encoding: "utf8", env: { ...process.env, LC_ALL: "C" } } as const;
  return String(Date.parse(execFileSync("ps", ["-o", "lstart=", "-p", String(pid)], options)));
}
