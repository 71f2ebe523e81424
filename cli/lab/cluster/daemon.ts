import { spawn, type ChildProcess } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  openSync,
  closeSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { send } from "../../../stacks/kubernetes/http.js";
import { dyingWithThis } from "../../kit/run.js";
import { answerOf, until } from "../../kit/until.js";
import { startTimeOf } from "../../kit/processes.js";

/** A process of the lab that outlives the call that started it. */
export interface DaemonSpec {
  name: string;
  command: string[];
  env?: Record<string, string>;
  logs: string;
  /** Folder that notes what runs. */
  processes: string;
  /** True: it goes on when the lab's own process ends, until it is stopped by name. */
  keep: boolean;
}

/** What is noted about a running process. The start time tells it from a later process of the same number. */
interface ProcessNote {
  pid: number;
  startTime: string;
}

const noteFile = (processes: string, name: string): string => join(processes, `${name}.json`);

function noteOf(processes: string, name: string): ProcessNote | undefined {
  const file = noteFile(processes, name);
  if (!existsSync(file)) return undefined;
  const note = readNote(file);
  return note && startTimeOf(note.pid) === note.startTime ? note : undefined;
}

/** Undefined for a note that a machine that went down has left cut off: what it was about is gone as well. */
function readNote(file: string): ProcessNote | undefined {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as ProcessNote;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Number of the process noted under that name, while it lives. */
export function runningPid(processes: string, name: string): number | undefined {
  return noteOf(processes, name)?.pid;
}

/** True while the process noted under that name lives. */
export function isDaemonRunning(processes: string, name: string): boolean {
  return runningPid(processes, name) !== undefined;
}

let ending = false;

/** From now on this process starts nothing any more: it is about to stop everything. */
export function refuseStarts(): void {
  ending = true;
}

/** Whether this process is about to stop everything. */
export function refusesStarts(): boolean {
  return ending;
}

/** Starts a process whose output goes to `<logs>/<name>.log`. */
export function start(spec: DaemonSpec): ChildProcess {
  if (ending) throw new Error(`${spec.name} is not started: the lab is being stopped`);
  mkdirSync(spec.logs, { recursive: true, mode: 0o700 });
  mkdirSync(spec.processes, { recursive: true, mode: 0o700 });
  const log = openSync(join(spec.logs, `${spec.name}.log`), "a", 0o600);
  const command = spec.keep ? spec.command : dyingWithThis(spec.command);
  const child = spawn(command[0]!, command.slice(1), {
    // A group of its own: a Ctrl-C meant for the lab must not reach it before the lab stops it in order.
    detached: true,
    stdio: ["ignore", log, log],
    // All of them are written in Go, which trades memory for time: by default it collects as soon as the heap has doubled.
    env: { PATH: process.env["PATH"] ?? "", HOME: spec.logs, GOGC: "200", ...spec.env },
  });
  closeSync(log);
  child.unref();
  if (child.pid === undefined)
    throw new Error(`${spec.name} could not be started: ${command[0]} was not found`);
  const note: ProcessNote = { pid: child.pid, startTime: startTimeOf(child.pid) ?? "" };
  const file = noteFile(spec.processes, spec.name);
  // Nobody reads half of it.
  writeFileSync(`${file}.new`, JSON.stringify(note), { mode: 0o600 });
  renameSync(`${file}.new`, file);
  return child;
}

/** Ends the process and waits until it is gone; after `graceSeconds` it is killed. Does nothing when it does not run. */
export async function stop(processes: string, name: string, graceSeconds = 10): Promise<void> {
  const note = noteOf(processes, name);
  if (note) {
    const gone = (): boolean => startTimeOf(note.pid) !== note.startTime;
    for (const [signal, seconds] of [
      ["SIGTERM", graceSeconds],
      ["SIGKILL", 5],
    ] as const) {
      if (gone()) break;
      kill(note.pid, signal);
      await answerOf(gone, { seconds, pause: 50 });
    }
    if (!gone()) throw new Error(`${name} (process ${note.pid}) does not end, not even when killed`);
  }
  rmSync(noteFile(processes, name), { force: true });
}

/** One that ends at this moment needs no signal. */
function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

/** Names of everything noted as started, whether it still runs or not. */
export function noted(processes: string): string[] {
  return existsSync(processes)
    ? readdirSync(processes).flatMap((file) => /^(.+)\.json$/.exec(file)?.[1] ?? [])
    : [];
}

/** The last lines of a process's log, for messages. */
export function lastLines(logs: string, name: string, count = 15): string {
  const file = join(logs, `${name}.log`);
  if (!existsSync(file)) return "(no log)";
  return readFileSync(file, "utf8").trimEnd().split("\n").slice(-count).join("\n");
}

/**
 * Waits until `ready` answers true.
 *
 * @throws Error with the last lines of the log when the process ends first or the time is over.
 */
export async function untilReady(
  spec: Pick<DaemonSpec, "name" | "logs" | "processes">,
  ready: () => Promise<boolean>,
  seconds = 60,
): Promise<void> {
  const late = (what: string) =>
    `${spec.name} ${what}. The end of its log:\n${lastLines(spec.logs, spec.name)}`;
  await until(
    async () => {
      if (await ready()) return true;
      if (!isDaemonRunning(spec.processes, spec.name)) throw new Error(late("ended before it was ready"));
    },
    () => late(`was not ready within ${seconds} s`),
    { seconds },
  );
}

/** True when the address answers 200. Health endpoints only: the server's certificate is not looked at. */
export function answers(url: string): Promise<boolean> {
  return send(new URL(url), { rejectUnauthorized: false, seconds: 2 }).then(
    ({ status }) => status === 200,
    () => false,
  );
}
