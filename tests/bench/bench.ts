import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { measured } from "../../cli/commands/bench.js";
import { projectFolder } from "../../cli/kit/toolchain/tool.js";
import { UserError } from "../../cli/kit/userError.js";
import { planCommands, testCommands, timed, type Taken } from "./commands.js";
import { measure, programVariants, type Sample } from "./variants.js";

/** What can be measured by a name of its own; each `test:<part>` besides. */
const measurements: Record<(typeof measured)[number], (rounds: number) => void> = {
  program: measureProgram,
  plan: (rounds) => measureCommands(rounds, "Plan", planCommands),
  lab: measureLab,
  "node-files": (rounds) =>
    measureScript(rounds, "Node files applied on a control-plane node", "nodeApply.ts"),
  backups: (rounds) =>
    measureScript(rounds, "Backups of 200 MB in 4,000 files and of 500,000 rows", "backups.ts"),
};

/**
 * The command `bench`.
 *
 * @param names What is measured. Default: all but the parts of `npm test`.
 */
export function benchCommand(names: readonly string[], { rounds }: { rounds: number }): Promise<void> {
  for (const name of names.length === 0 ? measured : names) {
    if (name in measurements) measurements[name as (typeof measured)[number]](rounds);
    else measureCommands(rounds, name, testCommands(name.replace(/^test:/, "")));
  }
  return Promise.resolve();
}

/** The variants take turns, so that a slow moment of the machine hits all of them. */
function measureProgram(rounds: number): void {
  const variants = programVariants(projectFolder, join(projectFolder, ".cache/bench"));
  const samples = inRounds(rounds, "the program", () =>
    variants.map((variant): [string, Sample] => [variant.name, measure(projectFolder, variant)]),
  );
  print(
    `Start of the process to the last registration, Node ${process.version}`,
    rounds,
    [...samples].map(([name, list]) => [
      name,
      {
        resources: list[0]!.resources,
        seconds: spread(
          list.map(({ seconds }) => seconds),
          2,
        ),
        "MB at most": spread(
          list.map(({ megabytes }) => megabytes),
          0,
        ),
      },
    ]),
  );
}

function measureLab(rounds: number): void {
  const megabytes: number[] = [];
  const seconds = inRounds(rounds, "the lab", (): [string, number][] => {
    const run = runScript("labRun.ts", `bench-${process.pid}`) as {
      phases: { name: string; seconds: number }[];
      megabytes: number;
    };
    megabytes.push(run.megabytes);
    return run.phases.map(({ name, seconds }) => [name, seconds]);
  });
  print("The lab", rounds, [
    ...secondsOf(seconds),
    ["everything at once", { "MB at most": spread(megabytes, 0) }],
  ]);
}

/** The commands take turns. */
function measureCommands(rounds: number, title: string, commands: Record<string, string[]>): void {
  const taken = inRounds(rounds, title, () =>
    Object.entries(commands).map(([name, command]): [string, Taken] => [name, timed(command)]),
  );
  print(
    title,
    rounds,
    [...taken].map(([name, list]) => [
      name,
      {
        seconds: spread(
          list.map(({ seconds }) => seconds),
          1,
        ),
        "CPU seconds": spread(
          list.map(({ cpuSeconds }) => cpuSeconds),
          1,
        ),
      },
    ]),
  );
}

/** A script that prints seconds by what was measured. */
function measureScript(rounds: number, title: string, script: string): void {
  const taken = inRounds(rounds, title, () => Object.entries(runScript(script) as Record<string, number>));
  print(title, rounds, secondsOf(taken));
}

/** Measures several times; returns what each took, by name. */
function inRounds<T>(rounds: number, title: string, once: () => [string, T][]): Map<string, T[]> {
  const taken = new Map<string, T[]>();
  for (let round = 1; round <= rounds; round++) {
    process.stderr.write(`round ${round} of ${rounds}: ${title}\n`);
    for (const [name, value] of once()) taken.set(name, [...(taken.get(name) ?? []), value]);
  }
  return taken;
}

/** Runs a measurement in a process of its own; returns the JSON in its last line. */
function runScript(script: string, ...args: string[]): unknown {
  const parameters = ["--import", "tsx", join(projectFolder, "tests/bench", script), ...args];
  const { stdout, stderr, status } = spawnSync(process.execPath, parameters, {
    cwd: projectFolder,
    encoding: "utf8",
  });
  if (status !== 0) throw new UserError(`${stderr}\n${script} failed.`);
  return JSON.parse(stdout.trim().split("\n").at(-1)!);
}

function secondsOf(taken: Map<string, number[]>): [string, object][] {
  return [...taken].map(([name, list]) => [name, { seconds: spread(list, 1) }]);
}

/** `median (least … most)` of one figure. */
function spread(values: number[], digits: number): string {
  const sorted = [...values].sort((a, b) => a - b);
  const [least, median, most] = [sorted[0]!, sorted[Math.floor((sorted.length - 1) / 2)]!, sorted.at(-1)!];
  return `${median.toFixed(digits)} (${least.toFixed(digits)} … ${most.toFixed(digits)})`;
}

function print(title: string, rounds: number, rows: [string, object][]): void {
  process.stdout.write(`\n${title}, median (least … most) of ${rounds} rounds\n\n`);
  console.table(Object.fromEntries(rows));
}
