import assert from "node:assert/strict";
import { cpSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { projectFolder } from "../../../cli/kit/toolchain/tool.js";
import { interrupt, Terminal } from "../../kit/terminal.js";
import { have } from "./project.js";
import { folderOfTest } from "../../kit/folder.js";

const runs = (terminal: Terminal, program: RegExp): boolean =>
  terminal.processes().some(({ command }) => program.test(command));

describe("Ctrl-C at a terminal", () => {
  const folder = folderOfTest();

  for (const command of ["npm run plan", "node cli/cluster-security.cjs plan"]) {
    it(`ends ${command} and the engine, and leaves no file`, async function () {
      await have(this, "pulumi");
      const terminal = new Terminal(command, { env: { ...process.env, TMPDIR: folder() } });
      await terminal.until(() => terminal.isSpinning && runs(terminal, /\/pulumi preview /));
      await interrupt(terminal, 10);
      const left = readdirSync(folder()).filter((name) => name.startsWith("cluster-security-"));
      assert.deepEqual(left, []);
    });
  }

  for (const command of ["npm run tools", "node cli/cluster-security.cjs tools"]) {
    it(`ends ${command} and the compiler`, async () => {
      for (const part of ["package.json", "tsconfig.json", "cli", "components", "tools"]) {
        cpSync(join(projectFolder, part), folder(part), { recursive: true });
      }
      symlinkSync(join(projectFolder, "node_modules"), folder("node_modules"));
      const bin = folder("bin");
      mkdirSync(bin);
      writeFileSync(join(bin, "go"), "#!/bin/sh\nexec sleep 600\n", { mode: 0o755 });
      const PATH = [bin, dirname(process.execPath), "/usr/bin", "/bin"].join(":");
      const terminal = new Terminal(command, { cwd: folder(), env: { ...process.env, PATH } });
      await terminal.until(() => terminal.isSpinning && runs(terminal, /^sleep 600/));
      await interrupt(terminal, 10);
    });
  }
});

describe("at a terminal of 80 columns", () => {
  const commands: [command: string, tool: Parameters<typeof have>[1]][] = [
    ["plan", "pulumi"],
    ["reach", "netpol-analyzer"],
    ["reach --from n8n", "netpol-analyzer"],
    ["verify --help", "pulumi"],
  ];
  for (const [command, tool] of commands) {
    it(`no line of ${command} is longer`, async function () {
      await have(this, tool);
      // A spinner's line ends with the terminal by itself.
      const line = `node cli/cluster-security.cjs ${command} 2>/dev/null`;
      const terminal = new Terminal(line, { columns: 80 });
      assert.equal(await terminal.end, 0, terminal.output);
      const lines = terminal.output.split("\n");
      assert.ok(lines.length > 20, terminal.output);
      assert.deepEqual(
        // The first and the last are the terminal's modes.
        lines.filter((text) => text.length > 80 && !/^[0-9a-f:]+$/.test(text)),
        [],
      );
    });
  }
});
