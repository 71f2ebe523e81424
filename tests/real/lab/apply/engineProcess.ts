import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { applying, openCluster } from "../../../../cli/lab/apply/index.js";
import { errorsIn, resourcesIn, warningsIn, type Operation } from "../../../../cli/plan/engine/events.js";
import { forgetUserSettings } from "../../../../cli/plan/engine/folder.js";
import { standIns } from "../../../../cli/plan/providers/index.js";
import type { StandIn } from "../../../../cli/plan/providers/standIn.js";
import { openSession } from "../../../../cli/lab/session.js";
import { binaries } from "./lab.js";
import { program } from "./program.js";

/** What the process is told. */
export interface EngineTask {
  /** Folder of the state. */
  folder: string;
  kubeconfig: string;
  operation: "up" | "refresh" | "destroy";
  /**
   * The engine is killed as soon as this many resources are made or removed, before it hears of the last one: alone, or
   * with this process.
   */
  kill?: { after: number; all: boolean };
  crds?: string;
}

/** What it answers. */
export interface EngineAnswer {
  /** Resources by what was done to them, those excepted that stayed as they were. */
  changes: Partial<Record<Operation, string[]>>;
  errors: string[];
  warnings: string[];
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
    if (readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("/pulumi\0")) process.kill(pid, "SIGKILL");
  }
  if (all) process.kill(process.pid, "SIGKILL");
}

/** The stand-in, telling of every resource that it has made or removed. */
function watched(standIn: StandIn, done: () => void): StandIn {
  return {
    ...standIn,
    kind(type) {
      const kind = standIn.kind(type);
      return (
        kind && {
          ...kind,
          create: async (...given) => {
            const made = await kind.create(...given);
            done();
            return made;
          },
          delete: async (...given) => {
            await kind.delete?.(...given);
            done();
          },
        }
      );
    },
  };
}

async function perform(task: EngineTask): Promise<EngineAnswer> {
  const { folder, kubeconfig, operation, kill, crds } = task;
  const recorded = standIns({ cache: join(folder, "cache"), crds });
  const cluster = await openCluster({ kubeconfig, kubectl: binaries("kubectl"), owner: folder, crds });
  const scratch = join(folder, "scratch");
  const kubernetes = applying(recorded.kubernetes, cluster, { helm: binaries("helm"), kubeconfig, scratch });
  let count = 0;
  const done = () => {
    if (++count === kill?.after) killEngine(kill.all);
  };
  const providers = recorded.all.map((standIn) =>
    watched(standIn === recorded.kubernetes ? kubernetes : standIn, done),
  );
  const state = join(folder, "state");
  mkdirSync(state, { recursive: true });
  const cli = binaries("pulumi");
  const session = await openSession({ folder: state, cli, project: "test", stack: "lab", providers });
  try {
    const { events } = await session.run({ operation, program });
    const changes: EngineAnswer["changes"] = {};
    for (const { operation: made, urn } of resourcesIn(events)) {
      if (made !== "same") (changes[made] ??= []).push(urn.split("::").at(-1)!);
    }
    for (const names of Object.values(changes)) names.sort();
    return { changes, errors: errorsIn(events), warnings: warningsIn(events) };
  } catch (error) {
    if (kill) return { changes: {}, errors: ["it was killed"], warnings: [] };
    throw error;
  } finally {
    session.close();
  }
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
