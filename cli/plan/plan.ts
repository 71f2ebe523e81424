import { existsSync } from "node:fs";
import { join } from "node:path";
import { copiedNotes } from "./copiedStack.js";
import { applyBase, checkOut, installDependencies } from "./engine/base.js";
import { initStack, openStack, runEngine, type EngineResult, type EngineStack } from "./engine/engine.js";
import {
  errorsIn,
  objectionsIn,
  outputChangesIn,
  resourcesIn,
  warningsIn,
  type Operation,
  type PlannedStep,
} from "./engine/events.js";
import { throwAwayFolder } from "./engine/folder.js";
import { startPolicyPack } from "./engine/policyPack.js";
import { hasProgram, loadProgram } from "./engine/tree.js";
import type { Progress } from "../kit/progress.js";
import { loadSettings, type LoadedSettings } from "../kit/settings.js";
import type { Host } from "./providers/host.js";
import { standIns } from "./providers/index.js";
import type { PlannedRelease } from "./providers/kubernetes/release.js";
import { serveProviders } from "./providers/serve.js";
import type { reachChanges } from "../reach/planned.js";
import { projectFolder, tool } from "../kit/toolchain/tool.js";
import { changesOf, type PropertyChange } from "./changes.js";
import { ciliumViolations } from "./ciliumPolicies.js";
import { Dependencies } from "./dependencies.js";
import { kubeadmViolations } from "./kubeadmConfigs.js";
import { violationsIn, type Violation, uncomparedReleases } from "./violations.js";

export interface PlanRequest {
  /** Folder of the project. */
  root: string;
  stack: string;
  /** Git ref to compare with. Default: nothing exists yet. */
  base?: string;
  /** Folder with CustomResourceDefinitions. Default: none. */
  crds?: string;
  /** Folders with charts. Default: none. */
  charts?: string[];
  progress: Progress;
}

export interface Plan {
  stack: string;
  /** Abbreviated name of the commit that the plan starts from, if any. */
  base?: string;
  resources: (PlannedStep & {
    changes: PropertyChange[];
    /** Takes fields of an object away from their managers (stacks/takeOver.ts). */
    takesOver: boolean;
  })[];
  /** Stack outputs that differ from the base's. */
  outputs: ReturnType<typeof outputChangesIn>;
  /** Whether Cilium would enforce policies; absent where the settings do not say. */
  enforcement?: "enforce" | "audit";
  /** What would change about who can reach whom, a line each. */
  reach: string[];
  /** Number of resources by operation. */
  summary: Record<Operation, number>;
  violations: Violation[];
  /** Objections that do not fail the plan. */
  advice: Violation[];
  notes: string[];
  /** Values that must be given before applying. */
  missing: string[];
  /** Every release, in the order of their URNs; one without an archive was not rendered and judged. */
  releases: PlannedRelease[];
  /** URNs of the releases whose objects could not be compared with the program's own. */
  uncompared: string[];
  /** What kept the engine from planning everything. */
  errors: string[];
}

/**
 * Plans a stack in the real engine, against stand-ins: no cloud account, no cluster, no passphrase.
 *
 * @throws UserError for what the user can mend: settings, options, tools.
 */
export async function plan(request: PlanRequest): Promise<Plan> {
  const { root, stack, progress } = request;
  const folder = throwAwayFolder();
  const policyPack = folderWith(join(root, "policy"), "PulumiPolicy.yaml");
  const pack = policyPack === undefined ? undefined : startPolicyPack(policyPack, folder.path);
  const cache = join(projectFolder, ".cache", "crds");
  const providers = standIns({ crds: request.crds, charts: request.charts, cache });
  const served = await serveProviders(providers.all, { failures: "collect" });
  const { host } = served;
  try {
    const settings = await loadSettings(root, stack);
    const engine: EngineStack = {
      cli: await tool("pulumi", { progress }),
      folder: folder.path,
      env: { ...folder.env, ...pack?.env, PULUMI_DEBUG_PROVIDERS: served.debugProviders },
      project: settings.project,
      stack,
    };
    progress.step(`planning ${stack}`);
    const dependencies = new Dependencies();
    const { base, result } = await preview(request, { engine, settings, policyPack, dependencies }, () => {
      // What the base's program asked of the stand-ins is no part of the plan.
      host.problems.length = 0;
      providers.kubernetes.releases.length = 0;
    });

    const { releases } = providers.kubernetes;
    const scrub = scrubber(host);
    const [found, ...judged] = await Promise.all([
      violationsIn({ request, result, host, releases, settings, folder: folder.path }),
      ciliumViolations(result.events),
      kubeadmViolations(result.events, folder.path),
    ]);
    const violations = [...found, ...judged.flatMap(({ violations }) => violations)];
    const resources = resourcesIn(result.events).map((resource) => ({
      ...resource,
      takesOver: takesOver(resource),
      changes: changesOf(
        resource,
        (property) => isGenerated(host, dependencies, resource.urn, property),
        scrub,
      ),
    }));
    const enforcement = enforcementOf(settings);
    const planned = result.succeeded && base !== undefined;
    const reach = planned ? await reachOf(resources, { enforcement, progress }) : [];
    return {
      stack,
      base: base?.commit,
      resources,
      outputs: base ? outputChangesIn(result.events) : [],
      enforcement,
      reach,
      summary: summaryOf(resources),
      violations: violations.map((violation) => ({ ...violation, message: scrub(violation.message) })),
      advice: objectionsIn(result.events).filter(({ mandatory }) => !mandatory),
      notes: [
        ...settings.notes,
        ...copiedNotes(root, stack),
        ...judged.flatMap(({ notes }) => notes),
        ...(base?.notes ?? []),
        ...warningsIn(result.events).map(scrub),
      ],
      missing: settings.missing,
      releases: [...releases].sort((a, b) => (a.urn < b.urn ? -1 : 1)),
      uncompared: uncomparedReleases(releases, settings).map(({ urn }) => urn),
      errors: result.succeeded ? [] : failures(result, violations.length > 0).map(scrub),
    };
  } finally {
    served.close();
    pack?.stop();
    folder.remove();
  }
}

interface PreviewContext {
  engine: EngineStack;
  settings: LoadedSettings;
  policyPack: string | undefined;
  dependencies: Dependencies;
}

/** Runs the base's program, if one is asked for, and then asks the engine what this tree would change. */
async function preview(
  request: PlanRequest,
  { engine, settings, policyPack, dependencies }: PreviewContext,
  startOver: () => void,
): Promise<{ base?: { commit: string; notes: string[] }; result: EngineResult }> {
  // While this process loads the program, others make the stack and run the base.
  const [stack, clusterSecurity, base] = await Promise.all([
    openStack(engine),
    loadProgram(request.root),
    initStack(engine).then(() => startFrom(request, engine)),
  ]);
  startOver();
  dependencies.addState(engine.folder, engine.project, engine.stack);
  const result = await runEngine(stack, {
    operation: "preview",
    policyPack,
    program: () => {
      dependencies.watch();
      return clusterSecurity(settings.settings);
    },
  });
  return { base, result };
}

/** Brings the state to where the base would have it. */
async function startFrom({ root, stack, base: ref, progress }: PlanRequest, engine: EngineStack) {
  if (ref === undefined) return undefined;
  const base = await checkOut(root, ref, progress);
  const { commit } = base;
  if (!hasProgram(base.tree, stack)) {
    return { commit, notes: [`${ref} (${commit}) has no program for ${stack}: everything is created.`] };
  }
  await installDependencies(root, base, progress);
  progress.step(`running the program of ${ref} (${commit})`);
  await applyBase(engine, base);
  progress.step(`planning ${stack} from ${commit}`);
  return { commit, notes: [] };
}

function takesOver({ step }: PlannedStep): boolean {
  const { metadata } = (step.new?.inputs ?? {}) as { metadata?: { annotations?: Record<string, unknown> } };
  return metadata?.annotations?.["pulumi.com/patchForce"] === "true";
}

/** Loaded only where it may be needed. */
async function reachOf(...parameters: Parameters<typeof reachChanges>): Promise<string[]> {
  return (await import("../reach/planned.js")).reachChanges(...parameters);
}

function enforcementOf({ settings }: LoadedSettings): Plan["enforcement"] {
  return (settings as { network?: Pick<Plan, "enforcement"> }).network?.enforcement;
}

function folderWith(folder: string, file: string): string | undefined {
  return existsSync(join(folder, file)) ? folder : undefined;
}

/** Whether a property's value comes from something drawn at random: then it is not printed, secret or not. */
function isGenerated(host: Host, dependencies: Dependencies, urn: string, property: string): boolean {
  return dependencies.of(urn, property).some((source) => host.generates(source));
}

function scrubber({ generated }: Host): (text: string) => string {
  return (text) => [...generated].reduce((left, value) => left.replaceAll(value, "[generated]"), text);
}

function summaryOf(resources: readonly PlannedStep[]): Plan["summary"] {
  const summary = { create: 0, update: 0, replace: 0, delete: 0, same: 0 };
  for (const { operation } of resources) summary[operation]++;
  return summary;
}

/** A plan that policies refuse has failed by that alone; the engine's saying so is no further error. */
function failures({ events }: EngineResult, violated: boolean): string[] {
  const errors = errorsIn(events).filter((error) => error !== "preview failed");
  return errors.length > 0 || violated ? errors : ["the engine failed and did not say why"];
}
