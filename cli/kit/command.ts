import { Command, Help as Layout, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { fitted, widthOf, wrap } from "./table.js";
import { UsageError } from "./userError.js";

/** What the help of a command says. */
export interface Help {
  /** One sentence; all that the list of commands shows. */
  summary: string;
  /** Further sentences. Default: none. */
  details?: string;
  example: string;
  /** What exit statuses 0 and 1 mean. Default: no statuses are listed, as for a group of commands. */
  exits?: readonly [success: string, failure: string];
}

/** A command, or a group of commands, that behaves like all others here. */
export function command(name: string, { summary, details, example, exits }: Help): Command {
  const statuses = exits && `\nExit status: 0 ${exits[0]}, 1 ${exits[1]}, 2 wrong usage, 130 interrupted.`;
  const made = new Command(name);
  return made
    .summary(summary.replace(/\.$/, ""))
    .description([summary, details].filter(Boolean).join(" "))
    .helpOption("-h, --help", "prints this")
    .addHelpText("after", `\nExample: ${example}`)
    .addHelpText("after", () => (statuses ? fitted(statuses, helpWidth()) : ""))
    .configureHelp({ formatItem, minWidthToWrap: narrowest })
    .configureOutput({
      getOutHelpWidth: helpWidth,
      outputError: (message, write) => write(`${message}\n${usageOf(made)}`),
    })
    .exitOverride();
}

/** In a pipe, as where a terminal is not asked for its width. */
const helpWidth = (): number => Math.min(widthOf(process.stdout), process.stdout.isTTY ? Infinity : 80);

/** Fewer columns are none for a description. */
const narrowest = 30;

/** An option and what it is for: next to it, or below where there is no room for that. */
const formatItem: Layout["formatItem"] = (term, termWidth, description, helper) => {
  const width = helpWidth();
  if (width - termWidth - 4 >= narrowest)
    return Layout.prototype.formatItem.call(helper, term, termWidth, description, helper);
  return [...wrap(term, width, "  "), ...wrap(description, width, "      ")].join("\n");
};

/** What follows an error: how the command is used, and where the rest is. */
function usageOf(command: CommandUnknownOpts): string {
  const path = (one: CommandUnknownOpts): string[] => [...(one.parent ? path(one.parent) : []), one.name()];
  const usage = command.createHelp().commandUsage(command);
  const script = process.env["npm_lifecycle_event"];
  // npm takes some for a part of its own options, such as --format, and hands only their values on.
  const ofNpm = script === undefined ? "" : `Options come after --: npm run ${script} -- [options]\n`;
  return `Usage: ${usage}\n${ofNpm}Help: npx ${path(command).join(" ")} --help\n`;
}

/**
 * Makes the action of a command.
 *
 * @param work Gets the arguments of the command, then its options. Returns the exit status, or false if the answer of the
 *   command is no: exit status 1.
 */
export function action<Arguments extends unknown[], Options>(
  work: (...given: [...Arguments, Options]) => Promise<boolean | number | void>,
) {
  return async (...all: [...Arguments, Options, CommandUnknownOpts]): Promise<void> => {
    const command = all.at(-1) as CommandUnknownOpts;
    try {
      const answer = await work(...(all.slice(0, -1) as [...Arguments, Options]));
      process.exitCode = typeof answer === "number" ? answer : Number(answer === false);
    } catch (error) {
      if (error instanceof UsageError) command.error(`error: ${error.message}`);
      throw error;
    }
  };
}
