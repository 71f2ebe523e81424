import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { command } from "../kit/command.js";
import { execute } from "../kit/execute.js";
import { projectFolder } from "../kit/toolchain/tool.js";

/**
 * `npm run test:node-versions`: the unit and plan suites on the oldest Node that package.json allows and on the newer
 * LTS releases. Each Node comes from its npm package, into .cache/node. Exits 1 if a suite fails.
 */
const versions = ["20.19.6", "22.23.5", "24.22.3"];
const suites = ["tests/.mocharc.json", "tests/real/plan/.mocharc.json"];

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
    if (status !== 0) throw new Error(`npm cannot install ${what}`);
  }
  return folder;
}

function runAll(): void {
  const lines: string[] = [];
  for (const version of versions) {
    const folder = nodeFolder(version);
    for (const suite of suites) {
      console.log(`\n== Node ${version}: ${suite}`);
      const mocha = join(projectFolder, "node_modules/mocha/bin/mocha.js");
      const { status } = spawnSync(join(folder, "node"), [mocha, "--config", suite, "--reporter", "dot"], {
        cwd: projectFolder,
        stdio: "inherit",
        env: { ...process.env, PATH: [folder, process.env["PATH"]].join(delimiter) },
      });
      if (status !== 0) process.exitCode = 1;
      lines.push(`${status === 0 ? "ok    " : "FAILED"} Node ${version}: ${suite}`);
    }
  }
  console.log(`\n${lines.join("\n")}`);
}

const program = command("test:node-versions", {
  summary: "Runs the unit and plan suites on Node 20.19, 22 and 24.",
  details: "Each Node is installed from its npm package into .cache/node.",
  example: "npm run test:node-versions",
  exits: ["all passed", "a suite failed"],
}).action(runAll);
await execute(program, process.argv.slice(2));
