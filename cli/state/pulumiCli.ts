import { setTimeout as sleep } from "node:timers/promises";
import type { Progress } from "../kit/progress.js";
import { CommandFailed, run, type RunOptions } from "../kit/run.js";
import { findOnPath, tool } from "../kit/toolchain/tool.js";
import { UserError } from "../kit/userError.js";

/** Path of the user's own CLI, whatever its version: it knows where the state is. The tool where there is none. */
export async function userPulumi(progress: Progress): Promise<string> {
  return findOnPath("pulumi") ?? (await tool("pulumi", { progress }));
}

/**
 * Parses what a command of the CLI printed.
 *
 * @throws UserError if it is no JSON; the parser's own message would quote it, secrets among it.
 */
export function printedJson<T>(text: string, command: string): T {
  try {
    return JSON.parse(text) as T;
  } catch {
    throw new UserError(`${command} printed no JSON`);
  }
}

/** The CLIs that this process runs, and what ends them. */
const running = new Set<{ ended: Promise<unknown>; stop: AbortController }>();

/** How long the CLI may take to end on a signal, in milliseconds. */
const patience = 10_000;

/** Ends every CLI that this process runs, which would otherwise go on after it; returns once they are gone. */
export async function endPulumi(): Promise<void> {
  for (const { stop } of running) stop.abort();
  const ended = [...running].map(({ ended }) => ended);
  await Promise.race([Promise.all(ended), sleep(patience, undefined, { ref: false })]);
}

/**
 * Runs the Pulumi CLI; returns what it prints.
 *
 * @throws UserError with its errors.
 */
export async function pulumi(
  cli: string,
  args: string[],
  options: Omit<RunOptions, "signal">,
): Promise<string> {
  const stop = new AbortController();
  const env = { ...options.env, PULUMI_SKIP_UPDATE_CHECK: "true" };
  const printed = run([cli, ...args, "--non-interactive"], { ...options, env, signal: stop.signal });
  const cliRun = { ended: printed.catch(() => {}), stop };
  running.add(cliRun);
  try {
    return (await printed).stdout;
  } catch (error) {
    const what = `pulumi ${args.slice(0, args[0] === "stack" ? 2 : 1).join(" ")} failed`;
    const said = error instanceof CommandFailed ? `${error.stdout}\n${error.stderr}` : "";
    throw new UserError(withMend([`${what}:`, ...errorsIn(said, (error as Error).message)].join("\n  ")));
  } finally {
    running.delete(cliRun);
  }
}

/** What went wrong, each once: the engine says at the end what a resource's error was. */
function errorsIn(printed: string, otherwise: string): string[] {
  const errors = [...printed.matchAll(/^ *(?:<.*?>)?error: (.*)$/gm)].map(([, text]) => text!);
  if (errors.length === 0) return [otherwise];
  return [...new Set(errors)].filter(
    (error, _, all) => !all.some((other) => other !== error && error.endsWith(other)),
  );
}

/**
 * What the Pulumi CLI has said, with what to do about it. Where nobody has logged in it asks for a token of Pulumi Cloud,
 * whichever backend is used (https://www.pulumi.com/docs/iac/cli/commands/pulumi_login/).
 */
function withMend(said: string): string {
  return said
    .replace(
      /PULUMI_ACCESS_TOKEN must be set for login[^\n]*/g,
      "Pulumi is not logged in to the backend that holds the state. Log in first: pulumi login, " +
        "or for a backend of your own pulumi login <address>, such as file:///home/me/state",
    )
    .replace(
      /^.*passphrase must be set with PULUMI_CONFIG_PASSPHRASE or.*$/gm,
      "  The stack's secrets are encrypted with a passphrase, and none is given. Write it into a file that only you can read, " +
        "then: export PULUMI_CONFIG_PASSPHRASE_FILE=<file>",
    )
    .replace(
      /^.*incorrect passphrase.*$/gm,
      "  The passphrase given (PULUMI_CONFIG_PASSPHRASE_FILE or PULUMI_CONFIG_PASSPHRASE) is not that of the stack.",
    )
    .replace(
      /no stack named '(.*)' found/g,
      "The backend that Pulumi is logged in to (pulumi whoami --verbose) holds no stack $1. " +
        "Log in to the one that does, or make the stack: pulumi stack init $1",
    );
}
