import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { projectFolder } from "../../../cli/kit/toolchain/tool.js";
import { folderOfTest } from "../../kit/folder.js";
import { runCommand } from "../../kit/runCommand.js";

describe("what needs no key", function () {
  this.timeout(60_000);
  const folder = folderOfTest();
  /** A CLI that would ask for a passphrase where secrets are to be shown. */
  beforeEach(() => {
    const empty = JSON.stringify({ version: 3, deployment: { secrets_providers: { type: "passphrase" } } });
    const script = `#!/bin/sh
      echo "$*" >>'${folder("calls")}'
      case "$*" in
        *--show-secrets*) exit 1 ;;
        whoami*) echo '{"url":"file:///state"}' ;;
        "stack export"*) echo '${empty}' ;;
      esac\n`;
    writeFileSync(folder("pulumi"), script, { mode: 0o755 });
  });

  const run = (...args: string[]) =>
    runCommand(args, { env: { HOME: folder(), PATH: `${folder()}:${process.env["PATH"]}` } });

  it("is the check of an empty state", async () => {
    const { status, stdout, stderr } = await run("state-check", "--stack", "lab");
    assert.deepEqual([status, stderr], [1, "reading the state of lab\n"]);
    assert.match(
      stdout,
      /^The state of lab is empty: nothing was applied yet, or this is not the state of the cluster\. /,
    );
    const { status: jsonStatus, stdout: json } = await run("state-check", "--stack", "lab", "--json");
    const { isEmpty, complete, keys } = JSON.parse(json) as Record<string, unknown>;
    assert.deepEqual([jsonStatus, isEmpty, complete, keys], [1, true, false, []]);
    assert.doesNotMatch(readFileSync(folder("calls"), "utf8"), /--show-secrets/);
  });

  for (const [what, out, message] of [
    ["in the work tree", `${projectFolder}/files.tar`, /is the work tree of a Git repository/],
    ["in a folder that is not there", "/nowhere/files.tar", /there is no folder \/nowhere$/m],
    ["that is a folder", "/", /: \/ is a folder; name a file$/m],
  ] as const)
    it(`is a place for node files ${what}, which is refused`, async () => {
      const { status, stderr } = await run("node-files", "--out", out);
      assert.equal(status, 1);
      assert.match(stderr, message);
      assert.ok(!existsSync(folder("calls")), "the state was read");
    });
});
