import assert from "node:assert/strict";
import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { documented } from "./claims.js";
import { Sandbox } from "./sandbox.js";

const page = "CONTRIBUTING.md";

describe(page, () => {
  let sandbox: Sandbox;

  before(async function () {
    sandbox = await Sandbox.of(this, []);
  });
  after(() => sandbox.remove());

  documented(page, "Run the tests", "384f9fd3", "runs one file", async ({ text }) => {
    const { stdout } = await sandbox.run(text);
    assert.match(stdout, /^ +\d+ passing/m);
  });

  for (const [name, digest, reference] of [
    ["Add a setting", "ec5d18b0", "docs/reference/settings.md"],
    ["Add a setting (2)", "aace0358", "docs/reference/hardening.md"],
  ] as const) {
    documented(page, name, digest, `makes ${reference} current`, async ({ text }) => {
      appendFileSync(join(sandbox.checkout, reference), "\nstale\n");
      await sandbox.run(text);
      assert.equal(sandbox.git("status", "--porcelain"), "");
    });
  }
});
