import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { findOnPath } from "../../../../cli/kit/toolchain/tool.js";
import { demoTool, program, Workshop } from "./workshop.js";

describe("the toolchain", () => {
  let shop: Workshop;
  beforeEach(() => (shop = new Workshop()));
  afterEach(() => shop.close());

  it("takes a tool on PATH if it is of the pinned version", async () => {
    shop.executable(shop.at("a", "demo"), program());
    assert.deepEqual(await shop.find(undefined, { path: shop.at("a") }), [shop.at("a", "demo")]);
  });

  it("passes over another version on PATH, and builds the pinned one", async () => {
    shop.executable(shop.at("a", "demo"), program("1.2.4"));
    shop.go();
    assert.deepEqual(await shop.find(undefined, { path: shop.at("a") }), [shop.at("bin", "demo")]);
    assert.match(
      shop.calls()[0]!,
      /^build -v -trimpath -o \S+\/bin\/cluster-security-[\d-]+-\w+\/ -ldflags -s -w -X main\.version=1\.2\.3 example\.org\/demo$/,
    );
    assert.deepEqual(shop.said, ["building demo 1.2.3 from source; tool 1 of 1, about a minute left"]);
  });

  it("builds once, and again only when the pin has changed", async () => {
    shop.go();
    await shop.find();
    await shop.find();
    assert.equal(shop.calls().length, 1);
    writeFileSync(shop.at("tools", "demo", "go.sum"), "changed");
    await shop.find();
    assert.equal(shop.calls().length, 2);
  });

  it("builds the tools of one module together, and says how many there are in all", async () => {
    shop.go();
    shop.module("other");
    const server = demoTool("server", { package: "example.org/cmd/server/v3", buildMinutes: 4 });
    const other = demoTool("other", { module: "other" });
    // The stand-in calls a binary by the last part of the path, where Go leaves the version out.
    shop.go('mkdir -p "$5"; printf "" > "$5/server"');
    await shop.find([demoTool(), other, server]);
    assert.deepEqual(
      shop.calls().map((call) => call.replace(/.*1\.2\.3 /, "")),
      ["example.org/demo example.org/cmd/server/v3", "example.org/other"],
    );
    assert.deepEqual(shop.said, [
      "building demo 1.2.3, server 1.2.3 from source; tools 1 to 2 of 3, about 6 minutes left",
      "building other 1.2.3 from source; tool 3 of 3, less than a minute left",
    ]);
    for (const name of ["demo", "server", "other"]) assert.ok(existsSync(shop.at("bin", name)), name);
  });

  it("leaves nothing but binaries and their markers", async () => {
    shop.go();
    await shop.find();
    assert.deepEqual(readdirSync(shop.at("bin")).sort(), [".demo.built-from", "demo"]);
  });

  it("builds once for all who ask at the same time", async () => {
    shop.go("sleep 0.3");
    const found = await Promise.all([shop.find(), shop.find(), shop.find()]);
    assert.deepEqual(found.flat(), Array(3).fill(shop.at("bin", "demo")));
    assert.equal(shop.calls().length, 1);
    assert.ok(shop.said.includes("waiting for another process that builds demo 1.2.3"));
  });

  it("takes a binary of the pinned version that was put there by hand", async () => {
    shop.executable(shop.at("bin", "demo"), program());
    shop.go("exit 1");
    assert.deepEqual(await shop.find(), [shop.at("bin", "demo")]);
  });

  it("says how to mend it when Go is missing", async () => {
    process.env["PATH"] = shop.at("nothing");
    await assert.rejects(shop.find(), {
      name: "UserError",
      message:
        "demo 1.2.3 is needed. It is not on PATH, and Go, which would build it, is not either.\n" +
        "Install Go (https://go.dev/dl/), or exactly that version: https://example.org/demo",
    });
    await assert.rejects(shop.find([demoTool(), demoTool("more")]), {
      message:
        "demo 1.2.3, more 1.2.3 are needed. They are not on PATH, and Go, which would build them, is not either.\n" +
        "Install Go (https://go.dev/dl/), or exactly those versions: https://example.org/demo",
    });
    assert.deepEqual(readdirSync(shop.at("bin")), []);
  });

  it("shows what the compiler said, and keeps nothing half-built", async () => {
    shop.go('echo half > "$5/demo"; echo "main.go:1:1: no such thing" >&2; exit 1');
    await assert.rejects(shop.find(), {
      name: "UserError",
      message: "demo 1.2.3 cannot be built:\nmain.go:1:1: no such thing",
    });
    assert.deepEqual(readdirSync(shop.at("bin")), []);
  });

  it("builds with the real Go, which names a binary as the toolchain expects", async function () {
    this.timeout(300_000);
    const module = shop.at("tools", "demo");
    writeFileSync(join(module, "go.mod"), "module example.org\n\ngo 1.21\n");
    const source = 'package main\n\nvar version = "none"\n\nfunc main() { println(version) }\n';
    const commands = ["demo", "cmd/server/v3"].map((path) => join(module, path));
    for (const command of commands) {
      mkdirSync(command, { recursive: true });
      writeFileSync(join(command, "main.go"), source);
    }
    const server = demoTool("the-server", { package: "example.org/cmd/server/v3" });
    for (const binary of await shop.find([demoTool(), server])) {
      assert.equal(spawnSync(binary, { encoding: "utf8" }).stderr, "1.2.3\n");
    }
  });

  it("finds only what can be executed", () => {
    shop.executable(shop.at("b", "demo"), program());
    mkdirSync(shop.at("a"));
    writeFileSync(shop.at("a", "demo"), "no program");
    assert.equal(
      findOnPath("demo", `${shop.at("a")}:${shop.at("missing")}:${shop.at("b")}`),
      shop.at("b", "demo"),
    );
    assert.equal(findOnPath("demo", ""), undefined);
  });

  it("builds a command of our own again when its source changes", async () => {
    shop.go();
    const own = demoTool("demo", { package: "cluster-security/tools/demo/demo" });
    const source = shop.at("tools", "demo", "demo", "main.go");
    mkdirSync(shop.at("tools", "demo", "demo"));
    writeFileSync(source, "package main");
    await shop.find([own]);
    await shop.find([own]);
    assert.equal(shop.calls().length, 1);
    writeFileSync(source, "package main // changed");
    await shop.find([own]);
    assert.equal(shop.calls().length, 2);
  });
});
