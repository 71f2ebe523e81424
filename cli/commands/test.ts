import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** @param folder Folder of the suite's configuration, under tests/. */
const suite = (name: string, folder: string) => ({
  name: `test:${name}`,
  command: ["npx", "mocha", "--config", join("tests", folder, ".mocharc.json"), "--reporter", reporter],
});
const reporter = "tests/kit/reporter.cjs";

/**
 * `npm test`: tools, types, lint and all suites, one after the other so that two cores are not fought over; the last
 * runs the README's commands, a whole lab with `npm start` among them. Goes on after a failure, says how long each part
 * took, and ends with what failed and the sum of all tests.
 */
const parts: { name: string; command: string[] }[] = [
  { name: "tools", command: ["npm", "run", "--silent", "tools"] },
  { name: "types", command: ["npx", "tsc", "--noEmit"] },
  { name: "lint", command: ["npm", "run", "--silent", "lint"] },
  suite("unit", "."),
  ...["plan", "node", "backups", "network", "lab"].map((name) => suite(name, `real/${name}`)),
  suite("docs", "docs"),
];

const folder = mkdtempSync(join(tmpdir(), "cluster-security-test-"));
const resultsFile = join(folder, "results");
writeFileSync(resultsFile, "");

const lines: string[] = [];
let failed = false;
for (const { name, command } of parts) {
  console.log(`\n== ${name}`);
  const start = performance.now();
  const { status } = spawnSync(command[0]!, command.slice(1), {
    stdio: "inherit",
    env: { ...process.env, TEST_RESULTS: resultsFile },
  });
  failed ||= status !== 0;
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  lines.push(`${status === 0 ? "ok    " : "FAILED"} ${name} (${seconds} s)`);
}

/** What a suite leaves behind; see tests/kit/reporter.cjs. */
interface SuiteResult {
  passed: number;
  failures: number;
  skipped: number;
  failed: { title: string; message: string }[];
}
const results = readFileSync(resultsFile, "utf8")
  .split("\n")
  .filter(Boolean)
  .map((line) => JSON.parse(line) as SuiteResult);
rmSync(folder, { recursive: true });

console.log(`\n${lines.join("\n")}\n`);
// Once more at the end, where nobody has to look for it among the output of half an hour.
for (const { title, message } of results.flatMap((result) => result.failed)) {
  console.log(`FAILED ${title}\n       ${firstLines(message, 8).join("\n       ")}\n`);
}
const sum = (key: "passed" | "failures" | "skipped") =>
  results.reduce((total, result) => total + result[key], 0);
console.log(`${sum("passed")} passed, ${sum("failures")} failed, ${sum("skipped")} skipped`);
process.exitCode = failed || sum("passed") === 0 ? 1 : 0;

function firstLines(message: string, count: number): string[] {
  return message.split("\n").slice(0, count);
}
