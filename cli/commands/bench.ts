import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { join } from "node:path";
import { existsSync } from "node:fs";
import { parseArgs } from "node:util";
import { measure, programVariants, type Sample } from "../../tests/bench/variants.js";

/**
 * `npm run bench [-- --rounds 5]`: the program's time and memory, from the start of the process to the last
 * registration, beside an empty Pulumi program and beside the same program written the common way (provider indexes,
 * ts-node), and with many isolated namespaces of ten flows each. The variants take turns, so that a slow moment of the
 * machine hits all of them. Then the phases of a whole lab, and the memory it takes with all its servers. Then node files
 * applied on a node, and the backup jobs beside the plain commands they are made of.
 */
const { values } = parseArgs({ options: { rounds: { type: "string", default: "5" } } });
const rounds = Number(values.rounds);
const root = fileURLToPath(new URL("../..", import.meta.url));

const variants = programVariants(root, join(root, ".cache/bench"));
const samples = new Map<string, Sample[]>(variants.map(({ name }) => [name, []]));
for (let round = 1; round <= rounds; round++) {
  for (const variant of variants) {
    process.stderr.write(`round ${round} of ${rounds}: ${variant.name}\n`);
    try {
      samples.get(variant.name)!.push(measure(root, variant));
    } catch (error) {
      process.stderr.write(`${(error as Error).message}\n`);
      process.exit(1);
    }
  }
}

/** `median (least … most)` of one figure. */
function spread(values: number[], digits: number): string {
  const sorted = [...values].sort((a, b) => a - b);
  const [least, median, most] = [sorted[0]!, sorted[Math.floor((sorted.length - 1) / 2)]!, sorted.at(-1)!];
  return `${median.toFixed(digits)} (${least.toFixed(digits)} … ${most.toFixed(digits)})`;
}

console.log(
  `Start of the process to the last registration, median (least … most) of ${rounds} rounds, Node ${process.version}\n`,
);
console.table(
  Object.fromEntries(
    [...samples].map(([name, list]) => [
      name,
      {
        resources: list[0]!.resources,
        seconds: spread(
          list.map((sample) => sample.seconds),
          2,
        ),
        "MB at most": spread(
          list.map((sample) => sample.megabytes),
          0,
        ),
      },
    ]),
  ),
);

const lab = join(root, "tests/bench/labRun.ts");
const crds = join(root, "../shared/data/crds");
const seconds = new Map<string, number[]>();
const megabytes: number[] = [];
for (let round = 1; round <= rounds; round++) {
  process.stderr.write(`round ${round} of ${rounds}: lab\n`);
  const args = ["--import", "tsx", lab, `bench-${process.pid}`, ...(existsSync(crds) ? [crds] : [])];
  const { stdout, stderr, status } = spawnSync(process.execPath, args, { cwd: root, encoding: "utf8" });
  if (status !== 0) {
    process.stderr.write(`${stderr}\nThe lab failed.\n`);
    process.exit(1);
  }
  const run = JSON.parse(stdout.trim().split("\n").at(-1)!) as {
    phases: { name: string; seconds: number }[];
    megabytes: number;
  };
  for (const { name, seconds: taken } of run.phases) seconds.set(name, [...(seconds.get(name) ?? []), taken]);
  megabytes.push(run.megabytes);
}
console.log(`\nThe lab, median (least … most) of ${rounds} rounds\n`);
console.table({
  ...Object.fromEntries([...seconds].map(([name, list]) => [name, { seconds: spread(list, 1) }])),
  "everything at once": { "MB at most": spread(megabytes, 0) },
});

/** Runs a measurement in a process of its own, which prints seconds by what was measured, and shows all rounds. */
function inRounds(title: string, script: string): void {
  const taken = new Map<string, number[]>();
  for (let round = 1; round <= rounds; round++) {
    process.stderr.write(`round ${round} of ${rounds}: ${title}\n`);
    const args = ["--import", "tsx", join(root, "tests/bench", script)];
    const { stdout, stderr, status } = spawnSync(process.execPath, args, { cwd: root, encoding: "utf8" });
    if (status !== 0) {
      process.stderr.write(`${stderr}\n${script} failed.\n`);
      process.exit(1);
    }
    const measured = JSON.parse(stdout.trim().split("\n").at(-1)!) as Record<string, number>;
    for (const [name, value] of Object.entries(measured)) {
      taken.set(name, [...(taken.get(name) ?? []), value]);
    }
  }
  console.log(`\n${title}, median (least … most) of ${rounds} rounds\n`);
  console.table(Object.fromEntries([...taken].map(([name, list]) => [name, { seconds: spread(list, 1) }])));
}

inRounds("Node files applied on a control-plane node", "nodeApply.ts");
inRounds("Backups of 200 MB in 4,000 files and of 500,000 rows", "backups.ts");
