import { spawn } from "node:child_process";

export interface RunOptions {
  /** Default: this process's own. */
  cwd?: string;
  /** Default: this process's own. */
  env?: NodeJS.ProcessEnv;
  /** Written to standard input. Secrets go this way: arguments and environments can be seen by others. Default: nothing. */
  input?: string | Buffer;
  /** Ends the command when it is aborted. */
  signal?: AbortSignal;
}

/** What a command printed. */
export interface Printed {
  stdout: string;
  stderr: string;
}

/** A command that ended with an error. The message is what it said on standard error, and never its arguments. */
export class CommandFailed extends Error {
  constructor(
    message: string,
    readonly stdout = "",
    readonly stderr = message,
  ) {
    super(message);
  }
}

/**
 * Runs a command and waits until it has ended.
 *
 * @throws CommandFailed for another status than 0; an Error with the code ENOENT if there is no such program; an
 * AbortError if it was aborted.
 */
export function run([program, ...args]: readonly string[], options: RunOptions = {}): Promise<Printed> {
  const { input, ...rest } = options;
  return new Promise((resolve, reject) => {
    const child = spawn(program!, args, { ...rest, stdio: ["pipe", "pipe", "pipe"] });
    let [stdout, stderr] = ["", ""];
    child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
    // One that has ended reads no more; how it ended says why.
    child.stdin.on("error", () => {});
    child.stdin.end(input);
    let failure: Error | undefined;
    child.on("error", (error) => (failure = error));
    child.on("close", (status, killedBy) => {
      if (failure) return reject(failure);
      if (status === 0) return resolve({ stdout, stderr });
      const how = killedBy ?? `status ${status}`;
      reject(new CommandFailed(stderr.trim() || `it ended with ${how}`, stdout, stderr));
    });
  });
}

/**
 * A command that dies with this process, whatever kills that (prctl(2), PR_SET_PDEATHSIG): what goes on after its run was
 * broken off would get in the way of the next. Linux only.
 */
export function dyingWithThis(command: readonly string[]): string[] {
  return ["setpriv", "--pdeathsig", "KILL", ...command];
}
