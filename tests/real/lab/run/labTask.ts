import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { LabAnswer, LabTask } from "./labProcess.js";

export type { LabAnswer, LabTask } from "./labProcess.js";

/** How a process of a lab ended. */
export interface TaskResult {
  /** Absent when the process was killed. */
  answer?: LabAnswer;
  /** What it had answered to the steps it had done. */
  soFar?: LabAnswer;
  /** What it and everything it runs has printed. */
  output: string;
}

export interface TaskOptions {
  env?: Record<string, string>;
  /** Called as soon as the process runs. */
  onStart?: (pid: number) => void;
}

/**
 * Runs a task in a process group of its own.
 *
 * @throws Error with the last lines of its output when it ends without an answer and was not killed.
 */
export function runTask(task: LabTask, { env, onStart }: TaskOptions = {}): Promise<TaskResult> {
  return new Promise((resolve, reject) => {
    const child = fork(fileURLToPath(new URL("./labProcess.ts", import.meta.url)), {
      execArgv: ["--require=./components/common/lightSdk.cjs", "--import=tsx"],
      stdio: ["ignore", "pipe", "pipe", "ipc"],
      detached: true,
      env: { ...process.env, ...env },
    });
    let answer: LabAnswer | undefined;
    let soFar: LabAnswer | undefined;
    let output = "";
    for (const stream of [child.stdout!, child.stderr!])
      stream.setEncoding("utf8").on("data", (text: string) => (output += text));
    child.on("message", (message: Pick<TaskResult, "answer" | "soFar">) => {
      answer ??= message.answer;
      soFar = message.soFar ?? soFar;
    });
    child.once("error", reject);
    child.once("close", (code, signal) => {
      if (answer || signal === "SIGKILL") resolve({ answer, soFar, output });
      else reject(new Error(`the lab's process ended with ${signal ?? code}\n${output.slice(-2000)}`));
    });
    onStart?.(child.pid!);
    child.send(task);
  });
}
