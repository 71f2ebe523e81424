import { writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type * as Automation from "@pulumi/pulumi/automation/index.js";
import { run } from "../../kit/run.js";
import { findOnPath } from "../../kit/toolchain/tool.js";

/** Plugins of ours that stand in for what a language host would do. */
const plugins = fileURLToPath(new URL("../plugins", import.meta.url));

export interface EngineStack {
  /** Path of the Pulumi CLI. */
  cli: string;
  /** Working folder, with the project's and the stack's file. */
  folder: string;
  env: Record<string, string>;
  project: string;
  stack: string;
}

export interface EngineRequest {
  operation: "preview" | "up" | "refresh" | "destroy";
  /** Registers the resources, returns the outputs. Default: none, for a refresh and a destroy need none. */
  program?(): object;
  /** Folder of the policy pack. Default: none. */
  policyPack?: string;
  /** URNs of what an up is limited to; `**` stands for any text. Default: it is not limited. */
  targets?: string[];
  /** File to which a preview writes what `pulumi import --file` would take for everything it would create. Default: none. */
  importFile?: string;
}

export interface EngineResult {
  succeeded: boolean;
  events: Automation.EngineEvent[];
}

/** Makes the stack; what `pulumi stack init` takes a third of a second for, while the program is being loaded. */
export async function initStack({ cli, folder, env, project, stack }: EngineStack): Promise<void> {
  writeFileSync(join(folder, "Pulumi.yaml"), `name: ${project}\nruntime: nodejs\n`);
  await run([cli, "stack", "init", stack, "--non-interactive"], {
    cwd: folder,
    env: { ...process.env, ...env },
  });
}

/**
 * Opens a stack for a program. It asks the CLI for its version, so it is best begun before the program is loaded.
 *
 * @param require Finds the SDK that the program uses: another copy would not see its resources. Default: finds this
 *   project's own.
 */
export async function openStack(
  { cli, folder, env, stack }: EngineStack,
  require = createRequire(import.meta.url),
): Promise<Automation.Stack> {
  quieten(require);
  const automation = require("@pulumi/pulumi/automation/index.js") as typeof Automation;
  const workspace = await automation.LocalWorkspace.create({
    workDir: folder,
    pulumiCommand: await automation.PulumiCommand.get(installation(cli)),
    envVars: { ...env, PATH: hasLanguageHost() ? path() : [plugins, path()].join(delimiter) },
  });
  // Every command names its stack, so there is no need to ask the CLI to select it.
  workspace.selectStack = () => Promise.resolve();
  const selected = await automation.Stack.select(stack, workspace);
  // Nor to read back the outputs and the history of an update.
  selected.outputs = () => Promise.resolve({});
  selected.info = () => Promise.resolve(undefined);
  return selected;
}

/** The Automation API wants the folder above bin/; a CLI that lies elsewhere is the first one on PATH. */
function installation(cli: string): { root?: string } {
  const folder = dirname(cli);
  return basename(folder) === "bin" ? { root: dirname(folder) } : {};
}

/** Runs a program in the real engine. */
export async function runEngine(
  stack: Automation.Stack,
  { operation, program, policyPack, targets = [], importFile }: EngineRequest,
): Promise<EngineResult> {
  const events: Automation.EngineEvent[] = [];
  const onEvent = (event: Automation.EngineEvent) => void events.push(event);
  try {
    const run = () => Promise.resolve(program ? { ...quickly(program) } : {});
    const policyPacks = policyPack ? [policyPack] : [];
    switch (operation) {
      case "up":
        await stack.up({ onEvent, program: run, policyPacks, target: targets });
        break;
      case "preview":
        await stack.preview({ onEvent, program: run, policyPacks, importFile });
        break;
      case "refresh":
        await stack.refresh({ onEvent });
        break;
      case "destroy":
        await stack.destroy({ onEvent });
    }
    return { succeeded: true, events };
  } catch (error) {
    // What went wrong is among the events, unless the engine never ran.
    if (events.some(({ summaryEvent, cancelEvent }) => summaryEvent ?? cancelEvent)) {
      return { succeeded: false, events };
    }
    throw error;
  }
}

/**
 * The SDK sends the engine a message about every step of every resource, which only `pulumi --debug` shows: a fifth of
 * the time of a plan. Nobody reads the stack traces either that it notes of every resource.
 */
export function quieten(require: NodeJS.Require): void {
  const log = require("@pulumi/pulumi/log/index.js") as object;
  Object.assign(log, { debug: () => Promise.resolve() });
  const { Resource } = require("@pulumi/pulumi/resource.js") as { Resource: object };
  Object.assign(Resource, { callsites: () => [] });
}

/**
 * The SDK notes a stack trace for every promise it makes. Translating each to the lines of the sources takes a tenth of
 * the time of a plan, for traces that nobody reads; one that is read is translated then.
 */
function quickly<T>(work: () => T): T {
  process.setSourceMapsEnabled(false);
  try {
    return work();
  } finally {
    process.setSourceMapsEnabled(true);
  }
}

/** Whether the engine finds a host for programs and policy packs in Node.js; without one, ours stands in. */
export function hasLanguageHost(): boolean {
  return findOnPath("pulumi-language-nodejs") !== undefined;
}

function path(): string {
  return process.env["PATH"] ?? "";
}
