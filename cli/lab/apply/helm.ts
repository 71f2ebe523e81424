import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { OperationContext, Values } from "../../plan/providers/standIn.js";
import { runIsolated } from "./process.js";

/** Runs helm with values, of which later ones count; they go into files that only their owner can read, and that do not outlive the call. */
export type Helm = (
  args: string[],
  context: Pick<OperationContext, "signal">,
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

/** What of a release helm is told, or what says where the chart is from. */
const knownInputs = [
  ...["chart", "version", "repositoryOpts", "name", "namespace", "values"],
  ...["timeout", "atomic", "skipAwait", "compat"],
];

/**
 * Arguments for `helm install` or `helm upgrade`.
 *
 * @throws Error naming an input that helm is not told about here.
 */
export function helmArguments(operation: "install" | "upgrade", inputs: Values, seconds: number): string[] {
  const strangers = Object.keys(inputs).filter((key) => !knownInputs.includes(key) && inputs[key] !== false);
  if (strangers.length > 0) {
    throw new Error(`the stand-in knows no ${strangers.join(", ")} of a Release; the real provider does`);
  }
  return [
    ...(inputs["atomic"] === true ? ["--atomic"] : []),
    ...(inputs["skipAwait"] === true ? [] : ["--wait"]),
    // Without the first an upgrade with no values at all would keep the old ones.
    ...(operation === "upgrade" ? ["--reset-values", "--history-max=0"] : []),
    `--timeout=${seconds}s`,
  ];
}
