import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Values } from "../../plan/providers/standIn.js";
import { runIsolated } from "./process.js";

/** Runs helm with values, of which later ones count; they go into files that only their owner can read, and that do not outlive the call. */
export type Helm = (
  args: string[],
  context: { signal?: AbortSignal },
  values?: readonly Values[],
) => Promise<string>;

/**
 * @param scratch Folder for values and for what helm keeps. What a killed run has left there is removed.
 */
export function helmWith(binary: string, kubeconfig: string, scratch: string): Helm {
  rmSync(scratch, { recursive: true, force: true });
  let calls = 0;
  return async (args, { signal }, values = []) => {
    mkdirSync(scratch, { recursive: true, mode: 0o700 });
    const files = values.map(() => join(scratch, `values-${++calls}.json`));
    const env = {
      // It keeps what the server offers in HOME.
      HOME: scratch,
      HELM_CACHE_HOME: scratch,
      HELM_CONFIG_HOME: scratch,
      HELM_DATA_HOME: scratch,
      HELM_NO_PLUGINS: "1",
    };
    try {
      // JSON is YAML as well.
      for (const [index, file] of files.entries())
        writeFileSync(file, JSON.stringify(values[index]), { mode: 0o600, flag: "wx" });
      const command = [binary, ...args, ...files.flatMap((file) => ["--values", file])];
      command.push("--kubeconfig", kubeconfig);
      return await runIsolated(command, { signal, env });
    } finally {
      for (const file of files) rmSync(file, { force: true });
    }
  };
}
