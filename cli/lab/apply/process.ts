import { spawn } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { isPassing } from "./passing.js";

export interface RunOptions {
  signal?: AbortSignal;
  env?: Record<string, string>;
  /** Written to standard input. */
  input?: string;
}

/** A command that ended with an error; the message is what it said. */
export class CommandFailed extends Error {}

/**
 * Runs a command and answers with what it printed. It dies with this process, whatever kills that: what goes on applying
 * after its run was broken off would get in the way of the next (prctl(2), PR_SET_PDEATHSIG).
 */
export function run(command: string[], { signal, env, input }: RunOptions = {}): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn("setpriv", ["--pdeathsig", "KILL", ...command], {
      signal,
      env: { PATH: process.env["PATH"] ?? "", ...env },
      stdio: ["pipe", "pipe", "pipe"],
    });
    let [printed, said] = ["", ""];
    child.stdout.setEncoding("utf8").on("data", (text: string) => (printed += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (said += text));
    // One that has ended reads no more; how it ended says why.
    child.stdin.on("error", () => {});
    child.stdin.end(input);
    let failure: Error | undefined;
    child.on("error", (error) => (failure = error));
    child.on("close", (status, killedBy) => {
      if (status === 0) resolve(printed);
      else
        reject(
          failure ?? new CommandFailed(said.trim() || `it ended with ${killedBy ?? `status ${status}`}`),
        );
    });
  });
}

/** Repeats what fails only because the API server restarts; `settle` puts in order what a failure has left. */
export async function patiently<T>(
  work: () => Promise<T>,
  seconds: number,
  settle = () => Promise.resolve(),
): Promise<T> {
  let deadline: number | undefined;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      deadline ??= performance.now() + seconds * 1000;
      if (!isPassing(error as Error) || performance.now() > deadline) throw error;
      await sleep(500);
      await settle();
    }
  }
}
