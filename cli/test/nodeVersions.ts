import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { delimiter, join } from "node:path";
import { leaveToSignal } from "../kit/signals.js";
import { temporaryFolder } from "../kit/temporaryFolder.js";
import { projectFolder } from "../kit/toolchain/tool.js";
import { UserError } from "../kit/userError.js";

/** The oldest Node that package.json allows, and the newer LTS releases. */
export const versions = ["20.19.6", "22.23.5", "24.22.3"];
const suites = ["tests/.mocharc.json", "tests/real/commands/.mocharc.json", "tests/real/plan/.mocharc.json"];

/** The command `node-versions`; returns false if a suite failed. Each Node comes from its npm package. */
export async function nodeVersionsCommand(): Promise<boolean> {
  const runs: { version: string; suite: string; passed: boolean }[] = [];
  for (const version of versions) {
    const folder = nodeFolder(version);
    for (const suite of suites) runs.push({ version, suite, passed: await run(folder, version, suite) });
  }
  const lines = runs.map(
    ({ version, suite, passed }) => `${passed ? "ok    " : "FAILED"} Node ${version}: ${suite}`,
  );
  process.stdout.write(`\n${lines.join("\n")}\n`);
  return runs.every(({ passed }) => passed);
}

/** The folder with `node` of that version; installs it if need be. */
function nodeFolder(version: string): string {
  const cache = join(projectFolder, ".cache/node");
  const folder = join(cache, version, `node_modules/node-linux-${process.arch}/bin`);
  if (!existsSync(folder)) {
    mkdirSync(cache, { recursive: true });
    // Renamed into place, so that nobody finds half of it.
    const unfinished = temporaryFolder(cache);
    const what = `node-linux-${process.arch}@${version}`;
    const quiet = ["--no-audit", "--no-fund", "--no-save", "--ignore-scripts", "--loglevel=error"];
    const { status } = spawnSync("npm", ["install", "--prefix", unfinished.path, ...quiet, what], {
      stdio: "inherit",
    });
    if (status !== 0) throw new UserError(`npm cannot install ${what}`);
    rmSync(join(cache, version), { recursive: true, force: true });
    renameSync(unfinished.path, join(cache, version));
  }
  return folder;
}

async function run(folder: string, version: string, suite: string): Promise<boolean> {
  process.stdout.write(`\n== Node ${version}: ${suite}\n`);
  const mocha = join(projectFolder, "node_modules/mocha/bin/mocha.js");
  const { status } = spawnSync(join(folder, "node"), [mocha, "--config", suite, "--reporter", "dot"], {
    cwd: projectFolder,
    stdio: "inherit",
    env: { ...process.env, PATH: [folder, process.env["PATH"]].join(delimiter) },
  });
  // Ctrl-C ends the suite, and with it the whole run.
  if (status !== 0) await leaveToSignal();
  return status === 0;
}
