import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { openCluster, startKubernetes } from "../../../../cli/lab/apply/index.js";
import { labPaths } from "../../../../cli/lab/cluster/paths.js";
import type { EngineResult } from "../../../../cli/plan/engine/engine.js";
import { errorsIn, resourcesIn, warningsIn, type Operation } from "../../../../cli/plan/engine/events.js";
import { forgetUserSettings } from "../../../../cli/plan/engine/folder.js";
import { standIns } from "../../../../cli/plan/providers/index.js";
import { openSession, type Session } from "../../../../cli/lab/session.js";
import { doctorsFindings } from "../doctor.js";
import { binaries, killApiServer, pluginIn } from "./lab.js";
import { program } from "./program.js";
import { hooked, type Hooks } from "../../../kit/hookedStandIn.js";
import { runningProcesses } from "../../../kit/startedCommand.js";

/** What the process is told. */
export interface EngineTask {
  /** Folder of the state. */
  folder: string;
  /** Name of the lab. */
  lab: string;
  /** What it does, one after the other. `doctor` mends what it can. */
  operations: ("up" | "refresh" | "destroy" | "doctor")[];
  /**
   * The engine is killed as soon as this many resources are made or removed, before it hears of the last one: alone, or
   * with this process.
   */
  kill?: { after: number; all: boolean };
  /**
   * The API server is killed before this many resources are made. They are made one at a time, so that no request is under
   * way then. `processes` is the folder with the notes of the lab's processes.
   */
  away?: { before: number; processes: string };
  crds?: string;
}

/** What it answers to one operation. */
export interface EngineAnswer {
  /** Resources by what was done to them, those excepted that stayed as they were. */
  changes: Partial<Record<Operation, string[]>>;
  errors: string[];
  warnings: string[];
  /** Kinds of what the doctor has found. */
  found?: string[];
}

function killEngine(all: boolean): void {
  for (const { pid, parent, command } of runningProcesses())
    if (parent === process.pid && command.includes("/pulumi ")) process.kill(pid, "SIGKILL");
  if (all) process.kill(process.pid, "SIGKILL");
}

type Turn = <T>(work: () => Promise<T>) => Promise<T>;

/** Lets one work after the other begin, and calls something before the one with that number. */
function inTurn(number: number, before: () => Promise<void>): Turn {
  let last: Promise<unknown> = Promise.resolve();
  let count = 0;
  return (work) => {
    const next = last.then(async () => {
      if (++count === number) await before();
      return work();
    });
    last = next.catch(() => undefined);
    return next;
  };
}

/** What `npm run doctor -- --fix` does. */
async function doctor(session: Session, kubeconfig: string, folder: string): Promise<EngineAnswer> {
  const { stack } = session;
  const { found, left } = await doctorsFindings({ stack, kubeconfig, helm: binaries("helm"), home: folder });
  return {
    changes: {},
    errors: left.map(({ what }) => what),
    warnings: [],
    found: found.map(({ kind }) => kind),
  };
}

async function perform(task: EngineTask): Promise<EngineAnswer[]> {
  const { folder, lab, operations, kill, away, crds } = task;
  const plane = { paths: labPaths(lab) };
  const { kubeconfig } = plane.paths;
  const cluster = await openCluster({ kubeconfig, kubectl: binaries("kubectl"), crds });
  let count = 0;
  const done = () => {
    if (++count === kill?.after) killEngine(kill.all);
  };
  const turn: Turn = away ? inTurn(away.before, () => killApiServer(away.processes)) : (work) => work();
  const around: Hooks = {
    async create(_, make) {
      const made = await turn(make);
      done();
      return made;
    },
    async delete(remove) {
      const removed = await remove();
      done();
      return removed;
    },
  };
  const plugin = await startKubernetes(cluster, { ...pluginIn(plane), crds, around });
  const providers = standIns({ cache: join(folder, "cache") })
    .all.filter(({ name }) => name !== plugin.name)
    .map((standIn) => hooked(standIn, around));
  const state = join(folder, "state");
  mkdirSync(state, { recursive: true });
  const cli = binaries("pulumi");
  const stack = { folder: state, cli, project: "test", stack: "lab" };
  const session = await openSession({ ...stack, providers, plugins: [plugin] });
  const answers: EngineAnswer[] = [];
  try {
    for (const operation of operations) {
      answers.push(
        operation === "doctor"
          ? await doctor(session, kubeconfig, folder)
          : changesOf(await session.run({ operation, program })),
      );
    }
  } catch (error) {
    if (!kill) throw error;
    answers.push({ changes: {}, errors: ["it was killed"], warnings: [] });
  } finally {
    session.close();
    await plugin.close();
  }
  return answers;
}

/** What the plugin tells while it waits. */
const waiting = /^web: /;

function changesOf({ events }: EngineResult): EngineAnswer {
  const changes: EngineAnswer["changes"] = {};
  for (const { operation, urn } of resourcesIn(events)) {
    if (operation !== "same") (changes[operation] ??= []).push(urn.split("::").at(-1)!);
  }
  for (const names of Object.values(changes)) names.sort();
  return {
    changes,
    errors: errorsIn(events),
    warnings: warningsIn(events).filter((line) => !waiting.test(line)),
  };
}

forgetUserSettings();
process.once("message", (task: EngineTask) => {
  void perform(task).then(
    (answers) => process.send!(answers, () => process.exit(0)),
    (error: Error) => {
      console.error(error);
      process.exit(1);
    },
  );
});
