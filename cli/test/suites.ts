import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { leaveToSignal } from "../kit/signals.js";
import { temporaryFolder } from "../kit/temporaryFolder.js";
import { projectFolder } from "../kit/toolchain/tool.js";

/** A part of `npm test`. */
export interface Part {
  name: string;
  command: string[];
  /** It runs on any machine with Node; the others need what requirements.ts looks for. */
  needsNothing?: boolean;
}

const reporter = "tests/kit/reporter.cjs";

/** @param folder Folder of the suite's configuration, under tests/. */
const suite = (name: string, folder: string): Part => ({
  name,
  command: ["npx", "mocha", "--config", join("tests", folder, ".mocharc.json"), "--reporter", reporter],
});

/** In the order they run, one after the other so that two cores are not fought over. The last runs the documents' commands. */
export const parts: Part[] = [
  { name: "tools", command: ["npm", "run", "--silent", "tools"] },
  { name: "types", command: ["npx", "tsc", "--noEmit"], needsNothing: true },
  { name: "lint", command: ["npm", "run", "--silent", "lint"], needsNothing: true },
  suite("unit", "."),
  suite("commands", "real/commands"),
  ...["plan", "node", "machine", "backups", "network", "lab"].map((name) => suite(name, `real/${name}`)),
  suite("docs", "docs"),
];

/** What a suite leaves behind; see tests/kit/reporter.cjs. */
interface SuiteResult {
  passed: number;
  failures: number;
  skipped: number;
  failed: { title: string; message: string }[];
}

/** A test, or a suite, that was skipped; see tests/kit/skip.ts. */
interface Skip {
  title: string;
  reason: string;
}

/** A file with a line of JSON for each. */
const linesOf = <T>(file: string): T[] =>
  readFileSync(file, "utf8")
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line) as T);

/**
 * Runs parts, goes on after a failure, says how long each took, and ends with what was skipped and why, what failed, and the sum of all tests.
 *
 * @returns whether all is well.
 */
export async function runParts(chosen: readonly Part[]): Promise<boolean> {
  const { path: folder, remove } = temporaryFolder();
  const [resultsFile, skipsFile] = [join(folder, "results"), join(folder, "skips")];
  for (const file of [resultsFile, skipsFile]) writeFileSync(file, "");

  const lines: string[] = [];
  let failed = false;
  for (const { name, command } of chosen) {
    console.log(`\n== ${name}`);
    const start = performance.now();
    const { status } = spawnSync(command[0]!, command.slice(1), {
      cwd: projectFolder,
      stdio: "inherit",
      env: { ...process.env, TEST_RESULTS: resultsFile, TEST_SKIPS: skipsFile },
    });
    // Ctrl-C ends the part, and with it the whole run.
    if (status !== 0) await leaveToSignal();
    failed ||= status !== 0;
    const seconds = ((performance.now() - start) / 1000).toFixed(1);
    lines.push(`${status === 0 ? "ok    " : "FAILED"} ${name} (${seconds} s)`);
  }
  const results = linesOf<SuiteResult>(resultsFile);
  const skips = linesOf<Skip>(skipsFile);
  remove();

  console.log(`\n${lines.join("\n")}\n`);
  for (const { title, reason } of skips) console.log(`skipped ${title}: ${reason}`);
  // Once more at the end, where nobody has to look for it among the output of half an hour.
  for (const { title, message } of results.flatMap((result) => result.failed)) {
    console.log(`FAILED ${title}\n       ${message.split("\n").slice(0, 8).join("\n       ")}\n`);
  }
  const sum = (key: "passed" | "failures" | "skipped") =>
    results.reduce((total, result) => total + result[key], 0);
  // Without a suite among the parts there are no tests to count.
  const hasSuite = chosen.some(({ command }) => command.includes(reporter));
  if (hasSuite) console.log(`${sum("passed")} passed, ${sum("failures")} failed, ${sum("skipped")} skipped`);
  return !failed && (!hasSuite || sum("passed") > 0);
}
