import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { projectFolder } from "../../../cli/kit/toolchain/tool.js";
import { folderOfTest } from "../../kit/folder.js";

const bucket = "homelab-backups";

describe("a state in the bucket of the backups", () => {
  const folder = folderOfTest();

  /** Runs the program as the language host does, but with no engine: it ends where it would ask that for anything. */
  function program(env: NodeJS.ProcessEnv): string {
    const { config } = parse(readFileSync(join(projectFolder, "Pulumi.lab.yaml"), "utf8")) as {
      config: object;
    };
    const text = Object.entries(config).map(([key, value]) => [key, JSON.stringify(value)]);
    const { status, stderr } = spawnSync(
      process.execPath,
      ["--import", "tsx", "--eval", 'import("./stacks/index.ts")'],
      {
        cwd: projectFolder,
        encoding: "utf8",
        env: {
          PATH: process.env["PATH"],
          PULUMI_HOME: folder(),
          PULUMI_NODEJS_PROJECT: "cluster-security",
          PULUMI_NODEJS_STACK: "lab",
          PULUMI_NODEJS_DRY_RUN: "true",
          PULUMI_CONFIG: JSON.stringify(Object.fromEntries(text)),
          ...env,
        },
      },
    );
    assert.notEqual(status, 0);
    return stderr;
  }

  it("stops the program before anything is made", function () {
    this.timeout(60_000);
    const refusal = `The Pulumi state lies in the bucket of the backups, ${bucket} (PULUMI_BACKEND_URL).\n`;
    const refused = program({ PULUMI_BACKEND_URL: `s3://${bucket}` });
    assert.ok(refused.includes(refusal), refused);
    // Notes on the settings come next.
    assert.doesNotMatch(refused, /identityFallback is on/);
    const elsewhere = program({ PULUMI_BACKEND_URL: "s3://state" });
    assert.ok(!elsewhere.includes("state lies in"), elsewhere);
    assert.match(elsewhere, /identityFallback is on/);
  });
});
