import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { pinReleases } from "../../../../cli/kit/toolchain/pin.js";
import { Publisher, sha256 } from "./publisher.js";
import { demoTool, Workshop } from "./workshop.js";

describe("npm run tools -- --pin", () => {
  let shop: Workshop;
  let publisher: Publisher;
  let file: string;
  beforeEach(async () => {
    shop = new Workshop();
    publisher = await Publisher.start();
    file = shop.at("sums.json");
    writeFileSync(file, "{}");
  });
  afterEach(() => {
    publisher.stop();
    shop.close();
  });

  const base = "https://releases.example/demo";
  const demo = demoTool("demo", {
    release: (architecture) => ({ url: `${base}-${architecture}`, sums: `${base}.sums` }),
  });
  const pin = (tool = demo) => pinReleases([tool], { file, mirror: publisher.mirror });
  const pinned = () => JSON.parse(readFileSync(file, "utf8")) as Record<string, string>;
  const both = { [`${base}-amd64`]: sha256("x"), [`${base}-arm64`]: sha256("y") };
  const publish = () =>
    publisher.publish(`${base}.sums`, `${sha256("y")}  demo-arm64\n${sha256("x")}  demo-amd64\n`);

  it("writes the published SHA-256 for each architecture, and drops those of other releases", async () => {
    writeFileSync(file, JSON.stringify({ "https://releases.example/old": sha256("") }));
    publish();
    assert.equal(await pin(), 2);
    assert.deepEqual(pinned(), both);
    assert.equal(await pin(), 0);
  });

  it("computes it where none is published", async () => {
    for (const [architecture, text] of Object.entries({ amd64: "x", arm64: "y" })) {
      publisher.publish(`${base}-${architecture}`, text);
    }
    await pin(demoTool("demo", { release: (architecture) => ({ url: `${base}-${architecture}` }) }));
    assert.deepEqual(pinned(), both);
  });

  it("refuses a release that was replaced", async () => {
    publish();
    const before = { ...both, [`${base}-arm64`]: sha256("before") };
    writeFileSync(file, JSON.stringify(before));
    await assert.rejects(pin(), {
      name: "UserError",
      message:
        `${base}-arm64 was replaced by its publisher: pinned is ${sha256("before")}, now it is ${sha256("y")}.\n` +
        `If that is right, remove its line from ${file} and pin again.`,
    });
    assert.deepEqual(pinned(), before);
  });

  it("changes nothing where one cannot be had", async () => {
    await assert.rejects(pin(), {
      name: "UserError",
      message: `Nothing was pinned: ${base}.sums: HTTP status 404.`,
    });
    assert.deepEqual(pinned(), {});
  });
});
