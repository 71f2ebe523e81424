import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const suite = (name: string) => ({
  name: `test:${name}`,
  command: ["npx", "mocha", "--config", `tests/${name}/.mocharc.json`, "--reporter", "tests/reporter.cjs"],
});

/**
 * `npm test`: tools, types, lint, all suites and one whole lab, one after the other so that two cores are not fought
 * over. Goes on after a failure, says how long each part took, and ends with the sum of all tests.
 */
const parts: { name: string; command: string[] }[] = [
  { name: "tools", command: ["npm", "run", "--silent", "tools"] },
  { name: "types", command: ["npx", "tsc", "--noEmit"] },
  { name: "lint", command: ["npm", "run", "--silent", "lint"] },
  ...["unit", "plan", "node", "backups", "isolation", "lab"].map(suite),
  { name: "npm start", command: ["npm", "start", "--silent", "--", "--name", `test-${process.pid}`] },
  suite("docs"),
];

const folder = mkdtempSync(join(tmpdir(), "cluster-security-test-"));
const counts = join(folder, "counts");
writeFileSync(counts, "");

const lines: string[] = [];
let failed = false;
for (const { name, command } of parts) {
  console.log(`\n== ${name}`);
  const start = performance.now();
  const { status } = spawnSync(command[0]!, command.slice(1), {
    stdio: "inherit",
    env: { ...process.env, TEST_COUNTS: counts },
  });
  failed ||= status !== 0;
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  lines.push(`${status === 0 ? "ok    " : "FAILED"} ${name} (${seconds} s)`);
}

const sums = [0, 0, 0];
for (const line of readFileSync(counts, "utf8").trim().split("\n").filter(Boolean)) {
  line.split(" ").forEach((count, index) => (sums[index]! += Number(count)));
}
rmSync(folder, { recursive: true });
console.log(`\n${lines.join("\n")}\n`);
console.log(`${sums[0]} passed, ${sums[1]} failed, ${sums[2]} skipped`);
process.exitCode = failed || sums[0] === 0 ? 1 : 0;
