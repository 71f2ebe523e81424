import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { program } from "../../kit/runCommand.js";
import { interrupt, Terminal } from "../../kit/terminal.js";
import { folderOfSuite } from "../../kit/folder.js";

describe("a command on a terminal", function () {
  this.timeout(60_000);

  const folder = folderOfSuite();
  before(() => {
    writeFileSync(folder("pulumi"), "#!/bin/sh\necho 'error: no such state' >&2\nexit 1\n", {
      mode: 0o755,
    });
  });

  /** A command that tells its progress, and fails. */
  async function stateCheck(variable: string): Promise<Terminal> {
    const env = { ...process.env, PATH: `${folder()}:${process.env["PATH"]}` };
    const terminal = new Terminal(`${variable} node ${program} state-check`, { env });
    assert.equal(await terminal.end, 1, terminal.output);
    assert.match(terminal.output, /reading the state of musashi\n/);
    assert.match(terminal.output, /\npulumi stack export failed:\n {2}no such state\n/);
    return terminal;
  }

  it("shows a spinner", async () => assert((await stateCheck("")).hasEscapes));

  for (const variable of ["NO_COLOR=1", "TERM=dumb"]) {
    it(`prints no escape sequence with ${variable}`, async () => {
      assert(!(await stateCheck(variable)).hasEscapes);
    });
  }

  it("ends with 130 on Ctrl-C, with the cursor back and nothing running", async () => {
    const slow = folder("slow");
    mkdirSync(slow);
    writeFileSync(join(slow, "pulumi"), "#!/bin/sh\nexec sleep 600\n", { mode: 0o755 });
    const env = { ...process.env, PATH: `${slow}:${process.env["PATH"]}` };
    const terminal = new Terminal(`node ${program} state-check`, { env });
    const isWaiting = () => terminal.processes().some(({ command }) => command.startsWith("sleep 600"));
    await terminal.until(() => terminal.isSpinning && isWaiting());
    await interrupt(terminal, 10);
  });
});
