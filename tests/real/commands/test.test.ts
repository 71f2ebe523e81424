import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { projectFolder } from "../../../cli/kit/toolchain/tool.js";
import { hasGo } from "../../../cli/test/go.js";
import { parts } from "../../../cli/test/suites.js";
import { program as cli } from "../../kit/runCommand.js";
import { folderOfTest } from "../../kit/folder.js";

describe("npm test", function () {
  this.timeout(60_000);

  const folder = folderOfTest();
  beforeEach(() => {
    symlinkSync(process.execPath, folder("node"));
  });

  const program = (name: string, text: string) =>
    writeFileSync(folder(name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });

  /** Runs it with nothing on PATH but node, and what is in the folder. */
  function test(...args: string[]) {
    const { status, stdout, stderr } = spawnSync("node", [cli, "test", ...args], {
      cwd: projectFolder,
      env: { HOME: folder(), PATH: folder() },
      encoding: "utf8",
    });
    return { status, stdout, stderr };
  }

  it("names what is missing with one line that installs all of it, before anything runs", () => {
    program("npx", "echo ran");
    const { status, stdout, stderr } = test();
    assert.equal(status, 2);
    assert.equal(stdout, "");
    const [what, line, option] = stderr.split("\n");
    assert.match(
      what!,
      /^The tests need what is missing here: .*jq, .*restic, .*Go 1\.\d+\.\d+ or newer\. Install it:$/,
    );
    assert.match(
      line!,
      /^ {2}(sudo )?apt-get install .* jq .*restic .*&& curl -fsSL https:\/\/go\.dev\/dl\/go1\./,
    );
    assert.equal(option, "npm test -- --install installs the Debian packages itself.");
  });

  it("installs what is missing, and says so where it still is", () => {
    program("sh", 'echo "sh $*"');
    program("sudo", 'shift; echo "sh $*"');
    const { status, stdout, stderr } = test("--install", "unit");
    assert.match(
      stdout,
      /\n== Debian packages: .*jq.*\nsh \S+\/cli\/test\/install-packages\.sh .*jq.* prometheus\b/,
    );
    assert.match(stderr, /^The tests need what is missing here: /);
    assert.equal(status, 2);
  });

  it("runs the named parts only, and needs nothing for some", () => {
    program("npx", `echo "npx $*" >>"${folder("log")}"`);
    const { status, stdout } = test("types");
    assert.match(stdout, /== types\n\nok {5}types \(\d+\.\d s\)\n/);
    assert.equal(status, 0);
    assert.equal(readFileSync(folder("log"), "utf8"), "npx tsc --noEmit\n");
  });

  it("fails when a part does", () => {
    program("npx", "exit 1");
    const { status, stdout } = test("types");
    assert.match(stdout, /\nFAILED types \(/);
    assert.equal(status, 1);
  });

  it("says at the end what was skipped, and why", () => {
    const file = folder("some.test.ts");
    const kit = join(projectFolder, "tests/kit/skip.ts");
    writeFileSync(
      file,
      `import { skip } from "${kit}";
describe("a suite", () => { it("a test", function () { skip(this, "no such thing"); }); it("another", () => {}); });`,
    );
    const mocha = ["node", join(projectFolder, "node_modules/mocha/bin/mocha.js"), "--no-config"];
    const command = [...mocha, "--import=tsx", "--reporter", "tests/kit/reporter.cjs", file];
    const script = `import { runParts } from "${join(projectFolder, "cli/test/suites.ts")}";
runParts([{ name: "some", command: ${JSON.stringify(command)} }]);`;
    const { stdout, stderr } = spawnSync(
      "node",
      ["--import", "tsx", "--input-type=module", "--eval", script],
      {
        cwd: projectFolder,
        encoding: "utf8",
      },
    );
    assert.ok(
      stdout.endsWith("\nskipped a suite › a test: no such thing\n1 passed, 0 failed, 1 skipped\n"),
      stdout + stderr,
    );
  });

  it("prints its usage, and runs nothing: when asked, and with what it does not know", () => {
    program("npx", "echo ran");
    const help = test("--help");
    assert.equal(help.status, 0);
    for (const { name } of parts) assert.match(help.stdout, new RegExp(`\\b${name}\\b`));
    for (const [argument, problem] of Object.entries({
      "--instal": /^error: unknown option '--instal'\n\(Did you mean --install\?\)\n/,
      units: /^error: .*value 'units' is invalid for argument 'parts'\. Allowed choices are tools, types, /,
    } as const)) {
      const { status, stdout, stderr } = test(argument);
      assert.equal(status, 2);
      assert.equal(stdout, "");
      assert.match(stderr, problem);
      const ends =
        "\n\nUsage: cluster-security test [options] [parts...]\nHelp: npx cluster-security test --help\n";
      assert.ok(stderr.endsWith(ends), stderr);
    }
  });

  describe("takes Go", () => {
    const { PATH } = process.env;
    afterEach(() => (process.env["PATH"] = PATH));

    for (const [title, version, toolchain, expected] of [
      ["that is new enough", "go1.26.4", "local", true],
      ["that fetches what is needed", "go1.21.0", "auto", true],
      ["not if it is too old and must not", "go1.25.9", "local", false],
      ["not if it is too old to", "go1.20.14", "", false],
    ] as const) {
      it(title, () => {
        program("go", `[ "$2" = GOVERSION ] && echo ${version} || echo "${toolchain}"`);
        process.env["PATH"] = folder();
        assert.equal(hasGo("1.26.4"), expected);
      });
    }
  });
});
