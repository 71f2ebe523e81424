import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { stripVTControlCharacters } from "node:util";
import { projectFolder } from "../../cli/kit/toolchain/tool.js";
import { runningProcesses, StartedCommand, type StartOptions } from "./startedCommand.js";

/** A command, as somebody types it at a prompt, on a pseudo-terminal of its own (script(1)). */
export class Terminal extends StartedCommand {
  private leader?: number;

  constructor(
    command: string,
    { cwd = projectFolder, env = process.env, columns = 100 }: StartOptions & { columns?: number } = {},
  ) {
    // The shell outlives Ctrl-C, as one at a prompt does, and tells the modes of the terminal before and after.
    const typed = `stty cols ${columns} rows 40; stty -g; trap : INT; ${command}; status=$?; stty -g; exit $status`;
    const child = spawn("script", ["--quiet", "--return", "--flush", "--command", typed, "/dev/null"], {
      cwd,
      // Where CI or NO_COLOR is set no spinner turns.
      env: { ...env, CI: undefined, NO_COLOR: undefined, TERM: "xterm-256color", SHELL: "/bin/sh" },
      stdio: "pipe",
    });
    // Whatever runs on the terminal is hung up on; script blocks the signals that ask for it.
    super(child, `kill -KILL ${child.pid}`);
    // It is closed when the command has ended.
    child.stdin.on("error", () => {});
  }

  /** What somebody sees who looks on, line by line. */
  override get output(): string {
    // A spinner goes back to the first column and writes its line again.
    // eslint-disable-next-line no-control-regex
    return stripVTControlCharacters(this.printed.replace(/\r\n|\r|\u001b\[1G/g, "\n"));
  }

  /** Whether anything printed was an escape sequence. */
  get hasEscapes(): boolean {
    return this.printed.includes("\u001b");
  }

  /** Whether a spinner turns: it hides the cursor while it does. */
  get isSpinning(): boolean {
    return this.printed.lastIndexOf("\u001b[?25l") > this.printed.lastIndexOf("\u001b[?25h");
  }

  /** The terminal's modes before and after the command, in the words of stty(1). */
  get modes(): { before: string; after: string } {
    const lines = this.output.trim().split("\n");
    // The terminal shows what is typed.
    return { before: lines[0]!, after: lines.at(-1)!.replace(/^\^C/, "") };
  }

  type(text: string): void {
    this.child.stdin!.write(text);
  }

  protected session(): number | undefined {
    return (this.leader ??= runningProcesses().find(
      ({ pid, parent, session }) => parent === this.child.pid && session === pid,
    )?.pid);
  }
}

/**
 * Types Ctrl-C, and waits until the command and everything that it runs on the terminal have ended.
 *
 * @throws Error when that takes longer, or the terminal is not as it was before.
 */
export async function interrupt(terminal: Terminal, seconds: number): Promise<void> {
  assert.notEqual(terminal.processes().length, 0);
  terminal.type("\u0003");
  const late = sleep(seconds * 1000, `still running after ${seconds} s`, { ref: false });
  assert.equal(await Promise.race([terminal.end, late]), 130, terminal.output);
  await terminal.untilNothingRuns(seconds);
  assert.equal(terminal.isSpinning, false, "the cursor is back");
  assert.equal(terminal.modes.after, terminal.modes.before);
  assert.doesNotMatch(terminal.output, /^ +at /m);
}
