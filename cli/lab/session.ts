import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type * as Automation from "@pulumi/pulumi/automation/index.js";
import {
  initStack,
  openStack,
  runEngine,
  type EngineRequest,
  type EngineResult,
  type EngineStack,
} from "../plan/engine/engine.js";
import { engineEnvironment } from "../plan/engine/folder.js";
import { serveProviders } from "../plan/providers/serve.js";
import { Stack, type Pulumi } from "../state/doctor/stack.js";
import { pulumi } from "../state/pulumiCli.js";
import type { StackExport, StateResource } from "../state/stackExport.js";
import type { StandIn } from "../plan/providers/standIn.js";

export interface SessionOptions {
  /** Folder that keeps the state from run to run. */
  folder: string;
  /** Path of the Pulumi CLI. */
  cli: string;
  project: string;
  stack: string;
  providers: readonly StandIn[];
  /** Plugins that run already, by the port they listen on. Default: none. */
  plugins?: readonly { name: string; port: number }[];
  /** Further environment of the engine. Default: none. */
  env?: Record<string, string>;
  /**
   * True: the state is written after each resource, so that a run can go on where the one before it was killed. False: only
   * at the end of an operation, whether it succeeds or fails; with each resource the engine has a few hundred KB to write,
   * which is a third of what an up takes. Default: true.
   */
  checkpoints?: boolean;
}

/** Pulumi's engine on a state that outlives the run, with providers served from this process. */
export interface Session {
  run(request: EngineRequest): Promise<EngineResult>;
  /** The stack's outputs as they are in the state, secrets in plain. */
  outputs(): Promise<Record<string, unknown>>;
  /** Everything that is in the state, secrets in plain. */
  resources(): Promise<StateResource[]>;
  /** The state as the doctor sees it. */
  stack: Stack;
  /** Lets what is protected be destroyed. */
  unprotect(): Promise<void>;
  /** Value of PULUMI_DEBUG_PROVIDERS for a Pulumi CLI that runs next to it. */
  debugProviders: string;
  close(): void;
}

/** Opens the state in a folder, and makes it if there is none. */
export async function openSession(options: SessionOptions): Promise<Session> {
  const { folder, project, stack, plugins = [], checkpoints = true } = options;
  const cli = endingWithThis(options.cli, folder);
  const served = await serveProviders(options.providers, { failures: "refuse" });
  const ports = plugins.map(({ name, port }) => `${name}:${port}`);
  const debugProviders = [served.debugProviders, ...ports].join(",");
  const engine: EngineStack = {
    cli,
    folder,
    project,
    stack,
    env: {
      ...options.env,
      ...engineEnvironment(folder),
      ...(checkpoints ? {} : { PULUMI_SKIP_CHECKPOINTS: "true" }),
      PULUMI_DEBUG_PROVIDERS: debugProviders,
    },
  };
  const isNew = !existsSync(join(folder, "backend/.pulumi/stacks", project, `${stack}.json`));
  if (isNew) await initStack(engine);
  const opened: Automation.Stack = await openStack(engine);
  const command: Pulumi = (args, input) =>
    pulumi(cli, args, { cwd: folder, env: { ...process.env, ...engine.env }, input });
  const ofStack = (...args: string[]) => command([...args, "--stack", stack]);
  const exported = async (...args: string[]) => {
    const text = await ofStack("stack", "export", ...args);
    return JSON.parse(text) as StackExport;
  };
  // The lab's own lock lets one process in; whose lock is left in the state has been killed.
  if (!isNew) await opened.cancel();
  return {
    run: (request) => runEngine(opened, request),
    resources: async () => (await exported("--show-secrets")).deployment?.resources ?? [],
    outputs: async () => {
      const text = await ofStack("stack", "output", "--json", "--show-secrets");
      return JSON.parse(text) as Record<string, unknown>;
    },
    stack: new Stack(command, project, stack),
    unprotect: async () => void (await ofStack("state", "unprotect", "--all", "--yes")),
    debugProviders,
    close: () => served.close(),
  };
}

/**
 * The engine, dying with this process (prctl(2), PR_SET_PDEATHSIG). Otherwise it would go on for a while without its
 * providers, and write to the state when the next run has it open already.
 */
function endingWithThis(cli: string, folder: string): string {
  const script = join(folder, "bin", "pulumi");
  mkdirSync(join(folder, "bin"), { recursive: true, mode: 0o700 });
  writeFileSync(script, `#!/bin/sh\nexec setpriv --pdeathsig KILL '${cli}' "$@"\n`, { mode: 0o700 });
  return script;
}
