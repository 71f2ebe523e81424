import assert from "node:assert/strict";
import { key, Rig } from "./rig/rig.js";
import { Writer } from "./rig/writing.js";

const count = 500;

describe("rotation of encryption keys, with 500 Secrets and a program that goes on writing", () => {
  let rig: Rig;
  let writer: Writer;
  before(async () => {
    rig = await Rig.of();
    writer = await Writer.of(rig.node, count);
    // 100 of these stay; the other eleven the program deletes and makes anew all the time.
    const { plain = 0, ...others } = await rig.node.stored("/registry/secrets/writer/secret-1");
    assert.deepEqual(others, {});
    assert.ok(plain >= 100 && plain <= 111, `${plain} Secrets`);
  });
  after(() => rig.stop());

  /** Applies, and gives the report of the rewrite and what is left in etcd afterwards. */
  async function change(wish: Parameters<Rig["apply"]>[0]): Promise<{ report: string; stored: string[] }> {
    const line = await rig.applied(wish);
    const report = /rewritten .*/.exec(line)?.[0] ?? line;
    return { report, stored: Object.keys(await rig.node.stored()) };
  }
  /** All that are left to rewrite were, whatever the writer did meanwhile. */
  function complete(report: string): void {
    const found =
      /^rewritten (\d+) of (\d+) secrets(?:, \d+ again after a conflict)?(?:, (\d+) gone meanwhile)?$/.exec(
        report,
      );
    assert.ok(found, report);
    assert.equal(Number(found[1]) + Number(found[3] ?? 0), Number(found[2]));
    assert.ok(Number(found[2]) > count / 2, report);
  }

  it("off to on: refuses to drop plain text first, then rewrites all of it", async () => {
    const { status, stderr } = await rig.apply({ keys: [key("key1", "aescbc")] });
    assert.equal(status, 1);
    assert.match(
      stderr,
      /\d+ secrets are still stored as plain text, which the settings drop \(identityFallback\)/,
    );
    const { report, stored } = await change({ keys: [key("key1", "aescbc")], identityFallback: true });
    complete(report);
    assert.deepEqual(stored, ["aescbc:key1"]);
  });

  it("drops the identity fallback when nothing is left in plain text", async () => {
    assert.equal(
      (await change({ keys: [key("key1", "aescbc")] })).report,
      "applied: keys loaded: aescbc:key1",
    );
  });

  it("aescbc to secretbox: add, first with the rewrite, retire", async () => {
    const [old, next] = [key("key1", "aescbc"), key("key2")];
    const added = await change({ keys: [old, next] });
    assert.equal(added.report, "applied: keys loaded: aescbc:key1, secretbox:key2");
    assert.deepEqual(added.stored, ["aescbc:key1"]);

    const early = await rig.apply({ keys: [next] });
    assert.equal(early.status, 1);
    assert.match(early.stderr, /\d+ secrets are still stored as aescbc:key1, which the settings drop/);

    const first = await change({ keys: [next, old] });
    complete(first.report);
    assert.deepEqual(first.stored, ["secretbox:key2"]);

    assert.equal((await change({ keys: [next] })).report, "applied: keys loaded: secretbox:key2");
    assert.deepEqual((await change({ keys: [next] })).report, "applied: nothing changed");
  });

  it("one secretbox key to the next, added and put first in one change", async () => {
    const moved = await change({ keys: [key("key3"), key("key2")] });
    complete(moved.report);
    assert.deepEqual(moved.stored, ["secretbox:key3"]);
  });

  it("no Secret was lost, unreadable or of another value at any time", async () => {
    const { wrong, ...done } = await writer.end();
    assert.deepEqual(wrong, []);
    assert.ok(done.updated > 100 && done.deleted > 20 && done.made > count, JSON.stringify(done));
    assert.equal((await rig.node.stored("/registry/secrets/writer/"))["secretbox:key3"], done.there);
  });
});
