import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { projectFolder } from "../kit/toolchain/tool.js";
import { UserError } from "../kit/userError.js";

/** The oldest Node that package.json allows, and the newer LTS releases. */
const versions = ["20.19.6", "22.23.5", "24.22.3"];
const suites = ["tests/.mocharc.json", "tests/real/commands/.mocharc.json", "tests/real/plan/.mocharc.json"];

/** The command `node-versions`; returns false if a suite failed. Each Node comes from its npm package. */
export function nodeVersionsCommand(): Promise<boolean> {
  const runs = versions.flatMap((version) => {
    const folder = nodeFolder(version);
    return suites.map((suite) => ({ version, suite, passed: run(folder, version, suite) }));
  });
  const lines = runs.map(
    ({ version, suite, passed }) => `${passed ? "ok    " : "FAILED"} Node ${version}: ${suite}`,
  );
  process.stdout.write(`\n${lines.join("\n")}\n`);
  return Promise.resolve(runs.every(({ passed }) => passed));
}

/** The folder with `node` of that version; installs it if need be. */
function nodeFolder(version: string): string {
  const prefix = join(projectFolder, ".cache/node", version);
  const folder = join(prefix, `node_modules/node-linux-${process.arch}/bin`);
  if (!existsSync(join(folder, "node"))) {
    const what = `node-linux-${process.arch}@${version}`;
    const quiet = ["--no-audit", "--no-fund", "--no-save", "--ignore-scripts", "--loglevel=error"];
    const { status } = spawnSync("npm", ["install", "--prefix", prefix, ...quiet, what], {
      stdio: "inherit",
    });
    if (status !== 0) throw new UserError(`npm cannot install ${what}`);
  }
  return folder;
}

function run(folder: string, version: string, suite: string): boolean {
  process.stdout.write(`\n== Node ${version}: ${suite}\n`);
  const mocha = join(projectFolder, "node_modules/mocha/bin/mocha.js");
  const { status } = spawnSync(join(folder, "node"), [mocha, "--config", suite, "--reporter", "dot"], {
    cwd: projectFolder,
    stdio: "inherit",
    env: { ...process.env, PATH: [folder, process.env["PATH"]].join(delimiter) },
  });
  return status === 0;
}
