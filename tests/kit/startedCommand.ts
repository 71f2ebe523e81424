import { spawn, type ChildProcess } from "node:child_process";
import { constants } from "node:os";
import { runningProcesses as allProcesses, type RunningProcess } from "../../cli/kit/processes.js";
import { projectFolder } from "../../cli/kit/toolchain/tool.js";
import { answerOf, until } from "../../cli/kit/until.js";
import { ifAbandoned } from "./abandoned.js";

export interface StartOptions {
  /** Default: the project's folder. */
  cwd?: string;
  /** Variables of the command. Default: those of this process. */
  env?: NodeJS.ProcessEnv;
}

export type { RunningProcess };

/** A command that a test has started and watches. */
export abstract class StartedCommand {
  /** Its status as a shell says it, once everything that holds its output has ended as well. */
  readonly end: Promise<number>;
  /** Everything it has printed. */
  protected printed = "";
  private ended = false;

  /**
   * @param child The command, with its output in pipes.
   * @param kill Shell command that ends it when the tests end before it does.
   */
  protected constructor(
    protected readonly child: ChildProcess,
    kill: string,
  ) {
    const allIsWell = ifAbandoned(kill, { cwd: projectFolder });
    for (const stream of [child.stdout!, child.stderr!])
      stream.setEncoding("utf8").on("data", (text: string) => (this.printed += text));
    this.end = new Promise((resolve, reject) => {
      child.once("error", reject);
      child.once("close", (status, signal) => {
        this.ended = true;
        allIsWell();
        resolve(status ?? 128 + constants.signals[signal!]);
      });
    });
  }

  /** What it has printed, as lines. */
  get output(): string {
    return this.printed;
  }

  /** @throws Error with the output when it ends, or takes longer than five minutes, before it is so far. */
  async until(reached: () => boolean): Promise<void> {
    await answerOf(() => reached() || this.ended, { seconds: 300, pause: 20 });
    if (!reached()) throw new Error(`it did not come that far\n${this.output}`);
  }

  /** Number of its session; undefined until it has one. */
  protected abstract session(): number | undefined;

  /** What runs in its session, also what has lost its parent, and what else is asked for. */
  processes(others: (process: RunningProcess) => boolean = () => false): RunningProcess[] {
    const session = this.session();
    return runningProcesses().filter((process) => process.session === session || others(process));
  }

  /** @throws Error with what still runs in its session after that time. */
  async untilNothingRuns(seconds: number): Promise<void> {
    const left = () =>
      `still running: ${this.processes()
        .map(({ command }) => command)
        .join(", ")}`;
    await until(() => this.processes().length === 0, left, { seconds, pause: 50 });
  }
}

/** A command in a process group of its own. */
export class BackgroundCommand extends StartedCommand {
  constructor(
    program: string,
    args: string[],
    { cwd = projectFolder, env = process.env }: StartOptions = {},
  ) {
    const child = spawn(program, args, { cwd, env, detached: true, stdio: ["ignore", "pipe", "pipe"] });
    super(child, `kill -KILL -- -${child.pid}`);
  }

  /** What a terminal that is closed and `kill` of a job do: everybody in the group hears of it. */
  signal(signal: NodeJS.Signals): void {
    process.kill(-this.child.pid!, signal);
  }

  protected session(): number | undefined {
    return this.child.pid;
  }
}

/** Every process of this machine; the arguments are separated by spaces. */
export function runningProcesses(): RunningProcess[] {
  return allProcesses().map(({ command, ...rest }) => ({ ...rest, command: command.replaceAll("\0", " ") }));
}
