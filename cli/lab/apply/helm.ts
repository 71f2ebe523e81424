import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { OperationContext, Values } from "../../plan/providers/standIn.js";
import { run } from "./process.js";

/** Runs helm with values; they go into a file that only its owner can read, and that does not outlive the call. */
export type Helm = (
  args: string[],
  context: Pick<OperationContext, "signal">,
  values?: Values,
) => Promise<string>;

/**
 * @param scratch Folder for values and for what helm keeps. What a killed run has left there is removed.
 */
export function helmWith(binary: string, kubeconfig: string, scratch: string): Helm {
  rmSync(scratch, { recursive: true, force: true });
  let calls = 0;
  return async (args, { signal }, values) => {
    mkdirSync(scratch, { recursive: true, mode: 0o700 });
    const file = join(scratch, `values-${++calls}.json`);
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
      if (values) writeFileSync(file, JSON.stringify(values), { mode: 0o600, flag: "wx" });
      const command = [binary, ...args, ...(values ? ["--values", file] : []), "--kubeconfig", kubeconfig];
      return await run(command, { signal, env });
    } finally {
      rmSync(file, { force: true });
    }
  };
}

/** What a program may say of a release, and what `helm install` or `helm upgrade` is told then (helm_release.go). */
const switches: Record<string, { flag: string; of?: "install" | "upgrade" }> = {
  atomic: { flag: "--atomic" },
  cleanupOnFail: { flag: "--cleanup-on-fail", of: "upgrade" },
  createNamespace: { flag: "--create-namespace", of: "install" },
  dependencyUpdate: { flag: "--dependency-update" },
  disableOpenapiValidation: { flag: "--disable-openapi-validation", of: "install" },
  disableWebhooks: { flag: "--no-hooks", of: "install" },
  forceUpdate: { flag: "--force", of: "upgrade" },
  renderSubchartNotes: { flag: "--render-subchart-notes" },
  skipCrds: { flag: "--skip-crds", of: "install" },
  waitForJobs: { flag: "--wait-for-jobs" },
};

/** Inputs that are told to helm in another way, or that say where the chart comes from, or that change nothing here. */
const others = [
  ...["chart", "version", "repositoryOpts", "devel", "name", "namespace", "values", "timeout", "skipAwait"],
  ...["maxHistory", "description", "reuseValues", "resetValues", "lint", "compat"],
];

/**
 * Arguments for `helm install` or `helm upgrade`.
 *
 * @throws Error naming an input that helm is not told about here.
 */
export function helmArguments(operation: "install" | "upgrade", inputs: Values, seconds: number): string[] {
  const strangers = Object.keys(inputs).filter(
    (key) => !(key in switches) && !others.includes(key) && inputs[key] !== false,
  );
  if (strangers.length > 0) {
    throw new Error(`the stand-in knows no ${strangers.join(", ")} of a Release; the real provider does`);
  }
  const on = Object.entries(switches).filter(
    ([key, { of = operation }]) => inputs[key] === true && of === operation,
  );
  const upgrade = [
    // Without it an upgrade with no values at all would keep the old ones.
    inputs["reuseValues"] === true ? "--reuse-values" : "--reset-values",
    `--history-max=${inputs["maxHistory"] ?? 0}`,
  ];
  return [
    ...on.map(([, { flag }]) => flag),
    ...(inputs["skipAwait"] === true ? [] : ["--wait"]),
    ...(operation === "upgrade" ? upgrade : []),
    ...(inputs["description"] === undefined ? [] : [`--description=${inputs["description"]}`]),
    `--timeout=${seconds}s`,
  ];
}
