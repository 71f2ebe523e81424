import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startTimeOf } from "../../../cli/kit/processes.js";
import { endPulumi, pulumi } from "../../../cli/state/pulumiCli.js";
import { until } from "../../../cli/kit/until.js";

describe("the Pulumi CLI", function () {
  this.timeout(60_000);
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "pulumi-cli-"))));
  afterEach(() => rmSync(folder, { recursive: true }));

  it("ends on a signal in every run that this process has started", async () => {
    const cli = join(folder, "pulumi");
    writeFileSync(cli, `#!/bin/sh\necho "$$" >"$1.new" && mv "$1.new" "$1"\nexec sleep 600\n`, {
      mode: 0o755,
    });
    const names = ["one", "two"].map((name) => join(folder, name));
    const runs = names.map((name) => assert.rejects(pulumi(cli, [name], {})));
    await until(() => names.every((name) => existsSync(name)), "the CLIs have not begun");
    await endPulumi();
    const pids = names.map((name) => Number(readFileSync(name, "utf8")));
    assert.deepEqual(pids.map(startTimeOf), [undefined, undefined]);
    await Promise.all(runs);
  });
});
