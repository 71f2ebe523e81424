import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import type { Release } from "../../../../cli/kit/toolchain/pinnedTool.js";
import type { ToolOptions } from "../../../../cli/kit/toolchain/tool.js";
import { archive, Publisher, sha256 } from "./publisher.js";
import { demoTool, program, Workshop } from "./workshop.js";

const url = "https://releases.example/v1.2.3/demo";
const sums = `${url}.sha256`;

describe("a tool's release", function () {
  if (process.platform !== "linux") return;

  let shop: Workshop;
  let publisher: Publisher;
  beforeEach(async () => {
    shop = new Workshop();
    publisher = await Publisher.start();
    shop.go();
    pin({});
  });
  afterEach(() => {
    publisher.stop();
    shop.close();
  });

  const pin = (pinned: Record<string, string>) => writeFileSync(shop.at("sums.json"), JSON.stringify(pinned));
  const released = (release: Release = { url, sums }, name = "demo") =>
    demoTool(name, { release: () => release });
  const find = (tools = [released()], options: ToolOptions = {}) => {
    const { mirror } = publisher;
    return shop.find(tools, {
      downloads: true,
      mirror,
      patience: 300,
      sums: shop.at("sums.json"),
      ...options,
    });
  };
  const isBuilt = () => shop.calls().length === 1;
  const nothingElseIsLeft = () =>
    assert.deepEqual(readdirSync(shop.at("bin")).sort(), [".demo.built-from", "demo"]);

  it("is downloaded if its SHA-256 is the pinned one, and only once", async () => {
    publisher.publish(url, program());
    pin({ [url]: sha256(program()) });
    assert.deepEqual(await find(), [shop.at("bin", "demo")]);
    assert.equal(readFileSync(shop.at("bin", "demo"), "utf8"), program());
    assert.match(execFileSync(shop.at("bin", "demo"), { encoding: "utf8" }), /v1\.2\.3/);
    await find();
    assert.deepEqual(publisher.asked, ["/releases.example/v1.2.3/demo"]);
    assert.deepEqual(shop.said, ["downloading 1 of 1 tools"]);
    assert.equal(isBuilt(), false);
    nothingElseIsLeft();
  });

  for (const [form, text] of Object.entries({
    "a sum alone": (sum: string) => sum,
    "a line of sha256sum": (sum: string) => `${sum}  demo\n`,
    "one line of many": (sum: string) => `${sha256("other")}  other\n${sum} *bin/demo\n`,
  })) {
    it(`that is not pinned is compared with the published SHA-256, and said to be: ${form}`, async () => {
      publisher.publish(url, program());
      publisher.publish(sums, text(sha256(program())));
      await find();
      assert.equal(readFileSync(shop.at("bin", "demo"), "utf8"), program());
      assert.deepEqual(shop.said.slice(1), [
        "Not pinned yet, compared with the SHA-256 that its publisher names: demo 1.2.3.",
      ]);
    });
  }

  it("is taken out of an archive, once for all its tools", async () => {
    const file = await archive({ LICENSE: "free", "./x/demo": program(), "x/democtl": program() });
    publisher.publish(url, file);
    pin({ [url]: sha256(file) });
    await find([released({ url, member: "x/demo" }), released({ url, member: "x/democtl" }, "democtl")]);
    for (const name of ["demo", "democtl"]) {
      assert.equal(readFileSync(shop.at("bin", name), "utf8"), program());
    }
    assert.equal(publisher.asked.length, 1);
    assert.equal(isBuilt(), false);
  });

  it("that was downloaded before it was pinned is compared with the pin", async () => {
    publisher.publish(url, program());
    publisher.publish(sums, sha256(program()));
    await find();
    const asked = publisher.asked.length;
    pin({ [url]: sha256(program()) });
    await find();
    assert.equal(publisher.asked.length, asked, "it is the pinned one");
    pin({ [url]: sha256("another") });
    await find();
    assert.match(shop.said.join("\n"), /was refused: its SHA-256 is [0-9a-f]{64}, pinned is [0-9a-f]{64}\./);
    assert.ok(isBuilt());
    await find();
    assert.ok(isBuilt(), "go.sum pins what was built");
  });

  /** What goes wrong, and what is said of it. */
  const failures: Record<string, { arrange: () => unknown; release?: Release; says: RegExp }> = {
    "another SHA-256 than the pinned one": {
      arrange: () => {
        publisher.publish(url, program());
        publisher.publish(sums, sha256(program()));
        pin({ [url]: sha256("what was pinned") });
      },
      says: /demo was refused: its SHA-256 is [0-9a-f]{64}, pinned is [0-9a-f]{64}\./,
    },
    "another SHA-256 than the published one": {
      arrange: () => {
        publisher.publish(url, program());
        publisher.publish(sums, sha256("else"));
      },
      says: /was refused: its SHA-256 is [0-9a-f]{64}, published is/,
    },
    "neither a pinned nor a published SHA-256": {
      arrange: () => publisher.publish(url, program()),
      release: { url },
      says: /its SHA-256 is neither pinned nor published/,
    },
    "sums of other files only": {
      arrange: () => publisher.publish(sums, `${sha256("")}  other\n`),
      says: /demo\.sha256 has no SHA-256 of demo/,
    },
    "a missing file": {
      arrange: () => pin({ [url]: sha256(program()) }),
      says: /v1\.2\.3\/demo: HTTP status 404/,
    },
    "a file that is cut off": {
      arrange: () => {
        pin({ [url]: sha256(program()) });
        publisher.publish(url, (response) => {
          response.writeHead(200, { "content-length": 1000 }).write("half", () => response.destroy());
        });
      },
      says: /demo: the connection broke/,
    },
    "a server that falls silent": {
      arrange: () => {
        pin({ [url]: sha256(program()) });
        publisher.publish(url, (response) => void response.writeHead(200).write("half"));
      },
      says: /demo: nothing came for 0\.3 seconds/,
    },
    "sums of more than a mebibyte": {
      arrange: () => publisher.publish(sums, `${sha256(program())}\n`.repeat(20_000)),
      says: /demo\.sha256: longer than 1 MiB, which is the most that is taken/,
    },
    "an archive without the binary, whose other paths lead elsewhere": {
      arrange: async () => {
        const file = await archive({
          "../../outside": "text",
          "x/demo": undefined,
          "/tmp/x/demo": program(),
        });
        publisher.publish(url, file);
        pin({ [url]: sha256(file) });
      },
      release: { url, member: "x/demo" },
      says: /demo has no file x\/demo/,
    },
    "what is no archive": {
      arrange: () => {
        publisher.publish(url, "text");
        pin({ [url]: sha256("text") });
      },
      release: { url, member: "x/demo" },
      says: /demo cannot be unpacked: incorrect header check/,
    },
    "a binary of another version": {
      arrange: () => {
        publisher.publish(url, program("1.2.4"));
        pin({ [url]: sha256(program("1.2.4")) });
      },
      says: /demo does not run here as demo 1\.2\.3/,
    },
  };
  for (const [title, { arrange, release, says }] of Object.entries(failures)) {
    it(`is built instead, with a line that says why: ${title}`, async () => {
      await arrange();
      await find([released(release)]);
      assert.ok(isBuilt());
      assert.match(readFileSync(shop.at("bin", "demo"), "utf8"), /built/);
      assert.equal(shop.said.length, 3);
      assert.match(shop.said[1]!, says);
      assert.match(shop.said[1]!, /\. demo 1\.2\.3: built from source\.$/);
      assert.equal(shop.said[2], "building demo 1.2.3 from source; tool 1 of 1, about a minute left");
      nothingElseIsLeft();
    });
  }

  it("is given up when it is larger than anything that is offered", async () => {
    publisher.publish(url, program());
    pin({ [url]: sha256(program()) });
    await find(undefined, { size: 16 });
    assert.match(shop.said[1]!, /demo: longer than \S+ MiB, which is the most that is taken/);
    assert.ok(isBuilt());
  });

  it("is given up when it comes too slowly", async () => {
    pin({ [url]: sha256(program()) });
    publisher.publish(url, (response) => {
      response.writeHead(200);
      const timer = setInterval(() => response.write("."), 50);
      response.on("close", () => clearInterval(timer));
    });
    await find(undefined, { limit: 600 });
    assert.match(shop.said[1]!, /demo: not complete after 0\.6 seconds/);
    assert.ok(isBuilt());
  });

  it("is not waited for again by later tools where nobody answers", async () => {
    const asleep = (name: string) => released({ url: `${url}-${name}`, sums: `${url}-${name}.sums` }, name);
    publisher.isSilent = true;
    const start = performance.now();
    await find([asleep("a"), asleep("b")]);
    await find([asleep("c")]);
    assert.ok(performance.now() - start < 5_000);
    assert.deepEqual(publisher.asked, []);
    assert.equal(publisher.probes, 1);
    const host = publisher.mirror.replace("http://", "");
    const note = `No answer from ${host}. What would be downloaded there is built from source.`;
    assert.deepEqual(shop.said, [
      "downloading 2 of 2 tools",
      note,
      "building a 1.2.3, b 1.2.3 from source; tools 1 to 2 of 2, about 2 minutes left",
      "downloading 1 of 1 tools",
      note,
      "building c 1.2.3 from source; tool 1 of 1, about a minute left",
    ]);
  });

  it("is not asked for where TOOLS_FROM_SOURCE is set, nor where there is none", async () => {
    process.env["TOOLS_FROM_SOURCE"] = "1";
    try {
      await find(undefined, { downloads: undefined });
    } finally {
      delete process.env["TOOLS_FROM_SOURCE"];
    }
    await find([demoTool("more")]);
    assert.deepEqual(publisher.asked, []);
    assert.equal(publisher.probes, 0);
    assert.equal(shop.calls().length, 2);
  });
});
