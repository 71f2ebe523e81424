import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { CommanderError, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { shellWord } from "./shellWord.js";
import { endOnSignals, leaveToSignal } from "./signals.js";
import { UserError } from "./userError.js";

/** Runs a command line and sets the exit status. The one place that prints what a command throws. */
export async function execute(program: CommandUnknownOpts, args: string[]): Promise<void> {
  endOnSignals();
  // A reader that goes away, such as head(1) or a closed terminal, must not keep a command from cleaning up.
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", ({ code, message }: NodeJS.ErrnoException) => {
      if (code === "EPIPE" || code === "EIO") return;
      process.exitCode = 1;
      if (stream === process.stdout) process.stderr.write(`the output could not be written: ${message}\n`);
    });
  }
  try {
    const wanted = asOption(program, args);
    demandDashes(commandIn(program, wanted), wanted);
    await program.parseAsync(wanted, { from: "user" });
  } catch (error) {
    // What a signal has ended fails because of that; the signal's status counts.
    if (!(error instanceof CommanderError)) await leaveToSignal();
    process.exitCode = statusOf(error as Error);
  }
}

function statusOf(error: Error): number {
  // It has been printed.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  process.stderr.write(`${error instanceof UserError || isOfFiles(error) ? error.message : error.stack}\n`);
  return 1;
}

/** Whether the system refused something about a file, which the message names: no room, no right, no such file. */
function isOfFiles(error: NodeJS.ErrnoException): boolean {
  return error.path !== undefined && /^E[A-Z]+$/.test(error.code ?? "");
}

function commandIn(program: CommandUnknownOpts, [name, ...rest]: string[]): CommandUnknownOpts {
  const command = program.commands.find((command) => command.name() === name);
  return command ? commandIn(command, rest) : program;
}

/** `help lab stop` is `lab stop --help`. The parser reports an unknown command. */
function asOption(program: CommandUnknownOpts, [first, ...names]: string[]): string[] {
  if (first !== "help") return first === undefined ? [] : [first, ...names];
  const isKnown = names.length === 0 || commandIn(program, names).name() === names.at(-1);
  return isKnown ? [...names, "--help"] : names;
}

/**
 * `npm run plan --stack x`, without `--`: npm takes `--stack` for an option of its own, which it hands down in the
 * environment (https://docs.npmjs.com/cli/using-npm/config#environment-variables).
 */
function demandDashes(command: CommandUnknownOpts, args: string[]): void {
  const taken = command.options.filter(
    ({ long }) =>
      npmValue(long!) !== undefined &&
      !args.some((arg) => arg === long || arg.startsWith(`${long}=`)) &&
      !isInNpmrc(long!),
  );
  if (taken.length === 0) return demandOption(command, args);
  const names = taken.map(({ long }) => long).join(" and ");
  const wanted = taken.map(({ long, flags, required }) => {
    const value = npmValue(long!)!;
    // Of `--stack x` npm hands down "true", and leaves x among the arguments.
    return required && value !== "true" ? `${long} ${shellWord(value)}` : flags;
  });
  const script = process.env["npm_lifecycle_event"] ?? command.name();
  const run = ["start", "test"].includes(script) ? script : `run ${script}`;
  command.error(
    `error: -- is missing, so npm has taken ${names} for its own. Write: npm ${run} -- ${wanted.join(" ")}`,
  );
}

/**
 * `npm run reach --format svg`: where the beginning of an option is that of one of npm's own, npm takes it for that one and
 * hands on its value alone.
 */
function demandOption(command: CommandUnknownOpts, args: string[]): void {
  const script = process.env["npm_lifecycle_event"];
  const value = args.find((arg) => !namesOf(command).includes(arg));
  if (script === undefined || value === undefined || value.startsWith("-")) return;
  if (command.registeredArguments.length > 0 || command.commands.length > 0) return;
  const meant = command.options.find(({ argChoices }) => argChoices?.includes(value));
  const run = ["start", "test"].includes(script) ? script : `run ${script}`;
  command.error(
    `error: ${shellWord(value)} belongs to no option, since npm keeps those for itself that come before --. Write: npm ${run} -- ${meant ? `${meant.long} ${value}` : "[options]"}`,
  );
}

const namesOf = (command: CommandUnknownOpts): string[] =>
  command.parent ? [...namesOf(command.parent), command.name()] : [];

const npmName = (long: string): string => long.slice(2).replaceAll("-", "_");

const npmValue = (long: string): string | undefined => process.env[`npm_config_${npmName(long)}`];

/** Whether an .npmrc sets an option of that name, such as `json=true`: npm hands that down in the same way. */
function isInNpmrc(long: string): boolean {
  const {
    npm_config_userconfig: user,
    npm_config_globalconfig: global,
    npm_config_local_prefix: prefix,
  } = process.env;
  const files = [user, global, prefix && join(prefix, ".npmrc")].filter((file) => file !== undefined);
  return files.some((file) => {
    const text = existsSync(file) ? readFileSync(file, "utf8") : "";
    return text.split("\n").some((line) => {
      const [key] = line.split("=");
      return npmName(`--${key!.trim()}`) === npmName(long);
    });
  });
}
