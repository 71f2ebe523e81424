import { setTimeout as sleep } from "node:timers/promises";
import { dyingWithThis, run as runCommand, type RunOptions } from "../../kit/run.js";
import { isPassing } from "./passing.js";

/** Runs a command with nothing of the environment but PATH, and answers with what it printed. It dies with this process. */
export async function run(command: string[], { env, ...rest }: RunOptions = {}): Promise<string> {
  const options = { ...rest, env: { PATH: process.env["PATH"] ?? "", ...env } };
  return (await runCommand(dyingWithThis(command), options)).stdout;
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
