import assert from "node:assert/strict";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Progress } from "../../../cli/kit/progress.js";
import { findOnPath, locate, projectFolder } from "../../../cli/kit/toolchain/tool.js";
import { tools, type Tool } from "../../../cli/kit/toolchain/tools.js";

const demo: Tool = {
  name: "demo",
  title: "demo 1.2.3",
  module: "demo",
  package: "example.org/demo",
  version: "v1.2.3",
  variables: { "main.version": "1.2.3" },
  versionArguments: ["version"],
  download: "https://example.org/demo",
  buildTime: "a moment",
};

describe("the toolchain", () => {
  let home: string;
  let steps: string[];
  const progress: Progress = { step: (text) => void steps.push(text), done: () => {}, fail: () => {} };
  const at = (...parts: string[]) => join(home, ...parts);

  /** An executable that says it is of that version. */
  function executable(file: string, version: string): void {
    mkdirSync(join(file, ".."), { recursive: true });
    writeFileSync(file, `#!/bin/sh\necho "demo version v${version} (linux)"\n`);
    chmodSync(file, 0o755);
  }

  /** A stand-in for Go: it writes what it is asked to build, and counts how often it is asked. */
  function go(script: string): void {
    mkdirSync(at("go"), { recursive: true });
    writeFileSync(at("go", "go"), `#!/bin/sh\n${script}\n`);
    chmodSync(at("go", "go"), 0o755);
    process.env["PATH"] = `${at("go")}:/usr/bin:/bin`;
  }
  const builds = `
    echo "$@" >> "${"$"}{0%/*}/calls"
    while [ "$1" != -o ]; do shift; done
    echo example.org/demo/internal >&2
    printf '#!/bin/sh\\necho 1.2.3\\n' > "$2" && chmod +x "$2"`;
  const calls = () =>
    existsSync(at("go", "calls")) ? readFileSync(at("go", "calls"), "utf8").trim().split("\n") : [];
  const find = (path = "", tool: Tool = demo) =>
    locate(tool, { progress, path, folder: at("bin"), modules: at("tools") });

  const { PATH } = process.env;
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), "toolchain-"));
    steps = [];
    mkdirSync(at("tools", "demo"), { recursive: true });
    for (const file of ["go.mod", "go.sum"]) writeFileSync(at("tools", "demo", file), "");
  });
  afterEach(() => {
    process.env["PATH"] = PATH;
    rmSync(home, { recursive: true });
  });

  it("takes a tool on PATH if it is of the pinned version", async () => {
    executable(at("a", "demo"), "1.2.3");
    assert.equal(await find(at("a")), at("a", "demo"));
  });

  it("passes over another version on PATH, and builds the pinned one", async () => {
    executable(at("a", "demo"), "1.2.4");
    go(builds);
    assert.equal(await find(at("a")), at("bin", "demo"));
    assert.match(
      calls()[0]!,
      /^build -v -trimpath -o \S+\/bin\/demo\.\d+ -ldflags -s -w -X main\.version=1\.2\.3 example\.org\/demo$/,
    );
    assert.deepEqual(steps, ["building demo 1.2.3 from source; once, a moment"]);
  });

  it("builds once, and again only when the pin has changed", async () => {
    go(builds);
    await find();
    await find();
    assert.equal(calls().length, 1);
    writeFileSync(at("tools", "demo", "go.sum"), "changed");
    await find();
    assert.equal(calls().length, 2);
  });

  it("builds once for all who ask at the same time", async () => {
    go(`sleep 0.3\n${builds}`);
    const found = await Promise.all([find(), find(), find()]);
    assert.deepEqual(found, Array(3).fill(at("bin", "demo")));
    assert.equal(calls().length, 1);
    assert.ok(steps.includes("waiting for another process that builds demo 1.2.3"));
  });

  it("goes on where a process was killed while building", async () => {
    go(builds);
    mkdirSync(at("bin"));
    // No process has this number: Linux gives none above 2^22.
    writeFileSync(at("bin", ".demo.lock"), String(2 ** 30));
    await find();
    assert.equal(calls().length, 1);
    assert.equal(existsSync(at("bin", ".demo.lock")), false);
  });

  it("takes a binary of the pinned version that was put there by hand", async () => {
    executable(at("bin", "demo"), "1.2.3");
    go("exit 1");
    assert.equal(await find(), at("bin", "demo"));
  });

  it("says how to mend it when Go is missing", async () => {
    process.env["PATH"] = at("nothing");
    await assert.rejects(find(), {
      name: "UserError",
      message:
        "demo 1.2.3 is needed. It is not on PATH, and Go, which would build it, is not either.\n" +
        "Install Go (https://go.dev/dl/), or exactly that version: https://example.org/demo",
    });
    assert.equal(existsSync(at("bin", ".demo.lock")), false);
  });

  it("shows what the compiler said, and keeps nothing half-built", async () => {
    go(
      'while [ "$1" != -o ]; do shift; done; echo half > "$2"; echo "main.go:1:1: no such thing" >&2; exit 1',
    );
    await assert.rejects(find(), {
      name: "UserError",
      message: "demo 1.2.3 cannot be built:\nmain.go:1:1: no such thing",
    });
    assert.equal(existsSync(at("bin", "demo")), false);
  });

  it("finds only what can be executed", () => {
    executable(at("b", "demo"), "1.2.3");
    mkdirSync(at("a"));
    writeFileSync(at("a", "demo"), "no program");
    assert.equal(findOnPath("demo", `${at("a")}:${at("missing")}:${at("b")}`), at("b", "demo"));
    assert.equal(findOnPath("demo", ""), undefined);
  });

  it("builds a command of our own again when its source changes", async () => {
    go(builds);
    const own = { ...demo, package: "cluster-security/tools/demo/command" };
    const source = at("tools", "demo", "command", "main.go");
    mkdirSync(at("tools", "demo", "command"));
    writeFileSync(source, "package main");
    await find("", own);
    await find("", own);
    assert.equal(calls().length, 1);
    writeFileSync(source, "package main // changed");
    await find("", own);
    assert.equal(calls().length, 2);
  });

  for (const tool of Object.values<Tool>(tools)) {
    it(`pins ${tool.title} as its Go module does`, () => {
      const module = readFileSync(join(projectFolder, "tools", tool.module, "go.mod"), "utf8");
      const versions = [...module.matchAll(/^(?:require )?\t?(\S+) v(\S+)/gm)].filter(([, name]) =>
        `${tool.versionOf ?? tool.package}/`.startsWith(`${name}/`),
      );
      assert.deepEqual(
        versions.map(([, , version]) => version),
        [tool.version.replace(/^v/, "")],
      );
    });
  }
});
