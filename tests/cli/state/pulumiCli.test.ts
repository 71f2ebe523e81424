import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { startTimeOf } from "../../../cli/kit/processes.js";
import { endPulumi, pulumi } from "../../../cli/state/pulumiCli.js";
import { until } from "../../../cli/kit/until.js";
import { folderOfTest } from "../../kit/folder.js";

describe("the Pulumi CLI", function () {
  this.timeout(60_000);
  const folder = folderOfTest();

  it("is told of a passphrase in words that say how it is given", async () => {
    const cli = folder("pulumi");
    const says = (text: string) => {
      writeFileSync(cli, `#!/bin/sh\necho "error: ${text}" >&2\nexit 1\n`, { mode: 0o755 });
      return assert.rejects(pulumi(cli, ["stack", "export"], {}), (error: Error) => {
        messages.push(error.message);
        return true;
      });
    };
    const messages: string[] = [];
    await says(
      "could not deserialize deployment: constructing secrets manager: passphrase must be set with PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE environment variables",
    );
    await says("constructing secrets manager: incorrect passphrase");
    assert.deepEqual(messages, [
      "pulumi stack export failed:\n  The stack's secrets are encrypted with a passphrase, and none is given. Write it into a file that only you can read, then: export PULUMI_CONFIG_PASSPHRASE_FILE=<file>",
      "pulumi stack export failed:\n  The passphrase given (PULUMI_CONFIG_PASSPHRASE_FILE or PULUMI_CONFIG_PASSPHRASE) is not that of the stack.",
    ]);
  });

  it("ends on a signal in every run that this process has started", async () => {
    const cli = folder("pulumi");
    writeFileSync(cli, `#!/bin/sh\necho "$$" >"$1.new" && mv "$1.new" "$1"\nexec sleep 600\n`, {
      mode: 0o755,
    });
    const names = ["one", "two"].map((name) => folder(name));
    const runs = names.map((name) => assert.rejects(pulumi(cli, [name], {})));
    await until(() => names.every((name) => existsSync(name)), "the CLIs have not begun");
    await endPulumi();
    const pids = names.map((name) => Number(readFileSync(name, "utf8")));
    assert.deepEqual(pids.map(startTimeOf), [undefined, undefined]);
    await Promise.all(runs);
  });
});
