import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";
import { tool } from "../../cli/kit/toolchain/tool.js";

const root = fileURLToPath(new URL("../../", import.meta.url));
const folder = `${root}.github/workflows/`;

/** What is wrong with a workflow that runs the code of pull requests. */
function dangers(source: string): string[] {
  const workflow = parse(source);
  const found: string[] = [];
  const events = typeof workflow.on === "string" ? [workflow.on] : Object.keys(workflow.on);
  for (const event of events) {
    if (!["pull_request", "push", "schedule", "workflow_dispatch"].includes(event))
      found.push(`event ${event}`);
  }
  if (JSON.stringify(workflow.permissions) !== '{"contents":"read"}')
    found.push("permissions beyond contents: read");
  for (const [name, job] of Object.entries<any>(workflow.jobs)) {
    if (job.permissions) found.push(`job ${name} has permissions of its own`);
    for (const { uses } of job.steps ?? []) {
      if (uses && !/@[0-9a-f]{40}$/.test(uses)) found.push(`${uses} is not pinned by a commit`);
    }
  }
  return found;
}

describe("workflows", () => {
  for (const file of readdirSync(folder)) {
    it(`${file} runs with read rights only, actions pinned by commit`, () => {
      assert.deepEqual(dangers(readFileSync(folder + file, "utf8")), []);
    });
  }

  it("would be refused with pull_request_target, a tag, or more rights", () => {
    const safe = "on: pull_request\npermissions: {contents: read}\njobs: {a: {steps: [{uses: x/y@TAG}]}}";
    const commit = "0123456789012345678901234567890123456789";
    assert.deepEqual(dangers(safe.replace("TAG", commit)), []);
    assert.deepEqual(dangers(safe), ["x/y@TAG is not pinned by a commit"]);
    assert.deepEqual(dangers(safe.replace("TAG", commit).replace("pull_request", "pull_request_target")), [
      "event pull_request_target",
    ]);
    assert.deepEqual(dangers(safe.replace("TAG", commit).replace("contents: read", "contents: write")), [
      "permissions beyond contents: read",
    ]);
  });

  it("satisfy actionlint", async function () {
    this.timeout(600_000);
    const { status, stdout, stderr } = spawnSync(await tool("actionlint"), ["-color=false"], {
      cwd: root,
      encoding: "utf8",
    });
    assert.equal(status, 0, stdout + stderr);
  });
});
