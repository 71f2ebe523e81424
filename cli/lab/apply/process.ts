import { dyingWithThis, run, type RunOptions } from "../../kit/run.js";

/** Runs a command with nothing of the environment but PATH, and answers with what it printed. It dies with this process. */
export async function runIsolated(command: string[], { env, ...rest }: RunOptions = {}): Promise<string> {
  const options = { ...rest, env: { PATH: process.env["PATH"] ?? "", ...env } };
  return (await run(dyingWithThis(command), options)).stdout;
}
