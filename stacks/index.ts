import { fileURLToPath } from "node:url";
import * as pulumi from "@pulumi/pulumi";
import { clusterSecurity } from "./clusterSecurity.js";
import { argoCdProblem } from "./livingArgoCd.js";
import { gatewayFinding } from "./livingGateway.js";
import { livingProblem } from "./livingSecrets.js";
import {
  giveCommand,
  parseSettings,
  projectName,
  SettingsError,
  settingsOf,
  type ParsedSettings,
} from "./settings/index.js";
import { stateBackend, stateBackendProblem } from "./stateBackend.js";

/** What `pulumi up` runs: the stack's configuration, parsed, becomes the cluster; its outputs are the stack's. */
function parse(): ParsedSettings {
  try {
    return parseSettings(settingsOf(pulumi.runtime.allConfig()), pulumi.getStack(), { secrets: "decrypted" });
  } catch (error) {
    // A mistake in the settings is the user's to read: a RunError is printed without a stack trace.
    if (error instanceof SettingsError) {
      throw new pulumi.RunError(`Pulumi.${pulumi.getStack()}.yaml:\n${error.message}`);
    }
    throw error;
  }
}

/**
 * Ends the program where a given value is not the one that the cluster has, its ArgoCD is too old, its Gateways are others
 * or have no listener for Harbor: before anything is registered, so that nothing is changed. A preview goes on where the
 * cluster cannot tell.
 */
async function demandFittingCluster({ settings, guarded }: ParsedSettings): Promise<void> {
  const cluster = { context: settings.cluster.context };
  const gatewayProblem = async (): Promise<string | undefined> => {
    const { problem, note } = await gatewayFinding(settings, cluster);
    if (note !== undefined) void pulumi.log.warn(note);
    return problem;
  };
  const questions: { ask: () => Promise<string | undefined>; isVital: boolean }[] = [
    { ask: () => livingProblem(guarded, pulumi.getStack(), cluster), isVital: true },
    { ask: () => argoCdProblem(settings, cluster), isVital: true },
    // Without an answer Harbor may be out of reach, and nothing is lost.
    { ask: gatewayProblem, isVital: false },
  ];
  for (const { ask, isVital } of questions) {
    let problem: string | undefined;
    try {
      problem = await ask();
    } catch (error) {
      const { message } = error as Error;
      if (isVital && !pulumi.runtime.isDryRun()) throw new pulumi.RunError(message);
      void pulumi.log.warn(message);
    }
    if (problem) throw new pulumi.RunError(problem);
  }
}

const parsed = parse();
const { settings, notes, missing, texts } = parsed;
const backend = stateBackend(process.env, fileURLToPath(new URL("../Pulumi.yaml", import.meta.url)));
const misplaced = stateBackendProblem(backend, settings.backups.bucket, process.env);
if (misplaced) throw new pulumi.RunError(misplaced);
// The engine names the groups of settings in which something is sealed.
const sealed = JSON.parse(process.env["PULUMI_CONFIG_SECRET_KEYS"] ?? "[]") as string[];
for (const key of texts.filter((key) => !sealed.includes(`${projectName}:${key.split(".")[0]}`))) {
  void pulumi.log.warn(
    `${key}: a secret stands in plain text. Seal it, a new one where it can be changed: ${giveCommand(key, pulumi.getStack())}`,
  );
}
for (const note of notes) void pulumi.log.warn(note);
if (missing.length > 0) {
  const list = `Values are missing that cannot be generated:\n${missing.map((line) => `  ${line}`).join("\n")}`;
  // A preview goes on with placeholders; applying them would make existing data unreadable, or alert nobody.
  if (!pulumi.runtime.isDryRun()) throw new pulumi.RunError(list);
  void pulumi.log.warn(list);
}

await demandFittingCluster(parsed);

// By default and not by name, because an output that is absent has no name.
export default clusterSecurity(settings);
