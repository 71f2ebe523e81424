import { mkdirSync, existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import * as automation from "@pulumi/pulumi/automation/index.js";
import { initStack, openStack, type EngineStack } from "../../../lab/engine/engine.js";
import { errorsIn, resourcesIn, warningsIn, type Operation } from "../../../lab/engine/events.js";
import { forgetUserSettings } from "../../../lab/engine/folder.js";
import { applying, openCluster } from "../../../lab/apply/index.js";
import { resume } from "../../../lab/apply/resume.js";
import { standIns } from "../../../lab/providers/index.js";
import { serve } from "../../../lab/providers/serve.js";
import { binaries } from "./lab.js";
import { program } from "./program.js";

/** What the process is told. */
export interface EngineTask {
  /** Folder of the state. */
  folder: string;
  kubeconfig: string;
  operation: "up" | "refresh" | "destroy";
  /** The engine is killed as soon as this many resources are done: alone, or with this process. */
  kill?: { after: number; all: boolean };
  crds?: string;
}

/** What it answers. */
export interface EngineAnswer {
  /** Resources by what was done to them, those excepted that stayed as they were. */
  changes: Partial<Record<Operation, string[]>>;
  errors: string[];
  warnings: string[];
  /** Creations that an earlier run had under way when it was killed. */
  resumed: string[];
}

/** Processes that this one started. */
function children(): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
        return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]) === process.pid;
      } catch {
        return false;
      }
    })
    .map(Number);
}

function killEngine(all: boolean): void {
  for (const pid of children()) {
    if (readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("pulumi")) process.kill(pid, "SIGKILL");
  }
  if (all) process.kill(process.pid, "SIGKILL");
}

async function perform(task: EngineTask): Promise<EngineAnswer> {
  const { folder, kubeconfig, operation, kill, crds } = task;
  const cache = join(folder, "cache");
  const recorded = standIns({ cache, crds });
  const cluster = await openCluster({ kubeconfig, kubectl: binaries("kubectl"), owner: folder, crds });
  const kubernetes = applying(recorded.kubernetes, cluster, {
    helm: binaries("helm"),
    kubeconfig,
    scratch: join(folder, "scratch"),
  });
  const all = recorded.all.map((standIn) => (standIn === recorded.kubernetes ? kubernetes : standIn));
  const served = await serve(all, { failures: "refuse" });
  const engine: EngineStack = {
    cli: binaries("pulumi"),
    folder,
    project: "test",
    stack: "lab",
    env: {
      PATH: [join(folder, "..", "bin"), process.env["PATH"]].join(delimiter),
      PULUMI_BACKEND_URL: `file://${join(folder, "state")}`,
      PULUMI_HOME: join(folder, "home"),
      PULUMI_CONFIG_PASSPHRASE_FILE: join(folder, "passphrase"),
      PULUMI_SKIP_UPDATE_CHECK: "true",
      PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
      PULUMI_DEBUG_PROVIDERS: served.debugProviders,
    },
  };
  const isNew = !existsSync(join(folder, "state"));
  if (isNew) {
    for (const name of ["state", "home"]) mkdirSync(join(folder, name));
    writeFileSync(join(folder, "passphrase"), "for the test", { mode: 0o600 });
    await initStack(engine);
  }
  const stack = await openStack(automation, engine);
  const resumed = isNew ? [] : await resume(stack);
  const events: automation.EngineEvent[] = [];
  let done = 0;
  const onEvent = (event: automation.EngineEvent) => {
    events.push(event);
    if (event.resOutputsEvent && ++done === kill?.after) killEngine(kill.all);
  };
  try {
    if (operation === "up") await stack.up({ onEvent, program: () => Promise.resolve({ ...program() }) });
    else if (operation === "refresh") await stack.refresh({ onEvent });
    else await stack.destroy({ onEvent });
  } catch (error) {
    if (!kill && errorsIn(events).length === 0) throw error;
  } finally {
    served.close();
  }
  const changes: EngineAnswer["changes"] = {};
  for (const { operation, urn } of task.operation === "refresh" ? refreshedIn(events) : resourcesIn(events)) {
    if (operation !== "same") (changes[operation] ??= []).push(urn.split("::").at(-1)!);
  }
  for (const names of Object.values(changes)) names.sort();
  return { changes, errors: errorsIn(events), warnings: warningsIn(events), resumed };
}

/** What a refresh found out is said once it is done. */
function refreshedIn(events: automation.EngineEvent[]): { operation: Operation; urn: string }[] {
  return events.flatMap(({ resOutputsEvent }) => {
    if (!resOutputsEvent) return [];
    const { op, urn } = resOutputsEvent.metadata;
    return [{ operation: op === "update" || op === "delete" ? op : "same", urn }];
  });
}

forgetUserSettings();
process.once("message", (task: EngineTask) => {
  void perform(task).then(
    (answer) => process.send!(answer, () => process.exit(0)),
    (error: Error) => {
      console.error(error);
      process.exit(1);
    },
  );
});
