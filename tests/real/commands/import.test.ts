import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { startTimeOf } from "../../../cli/kit/processes.js";
import { projectFolder } from "../../../cli/kit/toolchain/tool.js";
import { program } from "../../kit/runCommand.js";
import { folderOfTest } from "../../kit/folder.js";

describe("npm run import", function () {
  this.timeout(60_000);

  const folder = folderOfTest();
  beforeEach(() => {
    writeFileSync(folder("import.json"), JSON.stringify({ resources: [{ id: "a/b" }] }));
    // Its import takes for ever, and says where.
    const state = JSON.stringify({ version: 3, deployment: { secrets_providers: { type: "passphrase" } } });
    const script = `#!/bin/sh
      case $1$2 in
        version*) echo v999.0.0 ;;
        stackexport) echo '${state}' ;;
        import*) echo "$$ $PULUMI_HOME" >'${folder()}/importing'; exec sleep 600 ;;
      esac\n`;
    writeFileSync(folder("pulumi"), script, { mode: 0o755 });
  });

  for (const [signal, status] of [
    ["SIGTERM", 143],
    ["SIGINT", 130],
  ] as const) {
    it(`ends the CLI on ${signal}, and removes the folder with the values after it`, async () => {
      const child = spawn(process.execPath, [program, "import", "--file", folder("import.json")], {
        cwd: projectFolder,
        env: { HOME: folder(), PATH: `${folder()}:${process.env["PATH"]}` },
        stdio: ["ignore", "ignore", "pipe"],
      });
      let said = "";
      child.stderr.setEncoding("utf8").on("data", (text: string) => (said += text));
      const note = folder("importing");
      while (!existsSync(note) || !readFileSync(note, "utf8").endsWith("\n")) await sleep(20);
      const [pid, home] = readFileSync(note, "utf8").trim().split(" ") as [string, string];
      assert(existsSync(dirname(home)));
      child.kill(signal);
      assert.deepEqual(await once(child, "close"), [status, null], said);
      assert.equal(startTimeOf(Number(pid)), undefined, "the CLI has ended");
      assert(!existsSync(dirname(home)));
      assert.doesNotMatch(said, /failed|^ +at /m);
    });
  }
});
