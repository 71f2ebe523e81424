import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { EngineAnswer, EngineTask } from "./engineProcess.js";

export type { EngineAnswer, EngineTask } from "./engineProcess.js";

/** Runs the engine in a process of its own, as `npm start` would; undefined when that was killed. */
export function engine(task: EngineTask): Promise<EngineAnswer[] | undefined> {
  return new Promise((resolve, reject) => {
    const child = fork(fileURLToPath(new URL("./engineProcess.ts", import.meta.url)), {
      execArgv: ["--require=./components/common/lightSdk.cjs", "--import=tsx"],
      stdio: ["ignore", "inherit", "inherit", "ipc"],
    });
    let answers: EngineAnswer[] | undefined;
    child.once("message", (message) => (answers = message as EngineAnswer[]));
    child.once("error", reject);
    child.once("exit", (code, signal) => {
      if (answers || signal === "SIGKILL") resolve(answers);
      else reject(new Error(`the engine's process ended with ${signal ?? code}`));
    });
    child.send(task);
  });
}
