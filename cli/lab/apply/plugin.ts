import { spawn } from "node:child_process";
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { createInterface } from "node:readline";
import { dyingWithThis } from "../../kit/run.js";
import { UserError } from "../../kit/userError.js";

/** A provider plugin that runs, as the engine would start it. */
export interface RunningPlugin {
  /** Its gRPC server. */
  address: string;
  stop(): Promise<void>;
}

/**
 * Starts a provider plugin, which dies with this process.
 *
 * @param log File for what it prints on standard error.
 * @throws UserError if it ends before it says where it listens.
 */
export async function startPlugin(
  binary: string,
  { env, log }: { env: NodeJS.ProcessEnv; log: string },
): Promise<RunningPlugin> {
  const [program, ...args] = dyingWithThis([binary]);
  const child = spawn(program!, args, { env, stdio: ["ignore", "pipe", "pipe"] });
  child.stderr.pipe(createWriteStream(log, { flags: "a", mode: 0o600 }));
  const ended = new Promise<never>((_, reject) => {
    child.once("error", reject);
    child.once("exit", (code, signal) =>
      reject(new UserError(`${binary} ended with ${signal ?? `status ${code}`}; what it said is in ${log}`)),
    );
  });
  // A later call hears that it is gone.
  ended.catch(() => {});
  const [port] = (await Promise.race([once(createInterface(child.stdout), "line"), ended])) as [string];
  return {
    address: `127.0.0.1:${port}`,
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill("SIGKILL");
      await once(child, "exit");
    },
  };
}
