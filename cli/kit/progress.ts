/** Tells somebody who waits what is going on. Everything goes to stderr: stdout belongs to the result. */
export interface Progress {
  /** Begins a step, and ends the one before. */
  step(text: string): void;
  /** Says something that stays on the screen; the step goes on. */
  note(text: string): void;
  /** Ends the last step. */
  done(): void;
  /** Ends the last step, which failed. */
  fail(): void;
}

export const silent: Progress = { step: () => {}, note: () => {}, done: () => {}, fail: () => {} };

/** Whether colours and the like are welcome: on a terminal, unless NO_COLOR or TERM=dumb says otherwise. */
export function takesEscapes(stream: NodeJS.WriteStream): boolean {
  return stream.isTTY && stream.hasColors();
}

/** Runs `work` with progress on stderr, and ends the last step. Print the result afterwards. */
export async function withProgress<Result>(work: (progress: Progress) => Promise<Result>): Promise<Result> {
  const progress = await progressOn(process.stderr);
  try {
    const result = await work(progress);
    progress.done();
    return result;
  } catch (error) {
    progress.fail();
    throw error;
  }
}

/** A spinner on a terminal; a line for each step where nobody watches it turn, such as in CI. */
export async function progressOn(stream: NodeJS.WriteStream): Promise<Progress> {
  if (!takesEscapes(stream)) {
    const line = (text: string) => void stream.write(`${text}\n`);
    return { ...silent, step: line, note: line };
  }
  // Loaded here, because most runs are not watched.
  const { default: ora } = await import("ora");
  // Discarding what is typed would take Ctrl-C from the terminal, and with it from everything else that runs there.
  const spinner = ora({ stream, discardStdin: false });
  // The spinner's own way to give the cursor back is lost where @pulumi/pulumi runs a command.
  process.once("exit", () => spinner.stop());
  return {
    step: (text) => void (spinner.isSpinning ? (spinner.text = text) : spinner.start(text)),
    note: (text) => {
      const spins = spinner.isSpinning;
      spinner.stop();
      stream.write(`${text}\n`);
      if (spins) spinner.start();
    },
    done: () => void spinner.stop(),
    fail: () => void (spinner.isSpinning && spinner.fail()),
  };
}
