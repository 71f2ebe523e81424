import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { blocksOf } from "../../docs/blocks.js";
import { Rig } from "./rig/rig.js";
import { key } from "./rig/wish.js";
import { Writer } from "./rig/writing.js";

const count = 500;
const runbook = new URL("../../../docs/guides/rotate-a-key.md", import.meta.url);
const shown = blocksOf("docs/guides/rotate-a-key.md", readFileSync(runbook, "utf8")).filter(
  ({ language }) => language === "text",
);

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

  /** Applies, and gives what was said, the report of the rewrite, and what is left in etcd afterwards. */
  async function change(
    wish: Parameters<Rig["apply"]>[0],
  ): Promise<{ said: string; report: string; stored: string[] }> {
    const { status, stdout: said, stderr } = await rig.apply(wish);
    assert.equal(status, 0, `${said}${stderr}`);
    const line = said.trimEnd().split("\n").at(-1)!;
    const report = /rewritten .*/.exec(line)?.[0] ?? line;
    return { said, report, stored: Object.keys(await rig.node.stored()) };
  }
  /** What is said is what the runbook shows, but for how many Secrets there are and what the writer did meanwhile. */
  function asDocumented(said: string, nth: number): void {
    const { text } = shown[nth]!;
    const pattern = text
      .trimEnd()
      .replace(/[.*+?^${}()|[\]\\]/g, "\\$&")
      .replace(/\b500\b/g, "\\d+")
      .replace(/rewritten .* secrets/g, "$&(, \\d+ not at the first attempt)?(, \\d+ gone meanwhile)?");
    assert.match(said, new RegExp(`^${pattern}\n$`, "m"));
  }
  /** All that are left to rewrite were, whatever the writer did meanwhile. */
  function complete(report: string): void {
    const found =
      /^rewritten (\d+) of (\d+) secrets(?:, \d+ not at the first attempt)?(?:, (\d+) gone meanwhile)?$/.exec(
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
    asDocumented(added.said, 0);

    const early = await rig.apply({ keys: [next] });
    assert.equal(early.status, 1);
    assert.match(early.stderr, /\d+ secrets are still stored as aescbc:key1, which the settings drop/);

    asDocumented(early.stderr, 3);

    const first = await change({ keys: [next, old] });
    complete(first.report);
    assert.deepEqual(first.stored, ["secretbox:key2"]);
    asDocumented(first.said, 1);

    const retired = await change({ keys: [next] });
    assert.equal(retired.report, "applied: keys loaded: secretbox:key2");
    asDocumented(retired.said, 2);
    assert.equal(shown.length, 4);
    assert.deepEqual((await change({ keys: [next] })).report, "applied: nothing changed");
  });

  it("one secretbox key to the next, added and put first in one change, with a conflict, a deletion and a failure", async () => {
    const secret = (namespace: string, name: string) =>
      rig.node.kubectl("create", "secret", "generic", name, `--namespace=${namespace}`, "--from-literal=a=b");
    await secret("default", "changed");
    await secret("default", "deleted");
    await secret("kube-public", "held");
    // Between the reading and the storing of a batch somebody changes one of it and deletes another; and one batch fails.
    const folder = "/var/lib/kubelet";
    const unwrap = rig.node.wrap(
      "kubectl",
      `case " $* " in *" replace -f - "*) ;; *) exec "$PROGRAM" "$@" ;; esac
batch=${folder}/batch.$$
cat >$batch
if grep -q '"name": "deleted"' $batch && mkdir ${folder}/changed; then
  "$PROGRAM" --kubeconfig=/etc/kubernetes/super-admin.conf annotate secret changed by=somebody >&2
  "$PROGRAM" --kubeconfig=/etc/kubernetes/super-admin.conf delete secret deleted >&2
fi
if grep -q '"name": "held"' $batch && mkdir ${folder}/held; then exit 1; fi
exec "$PROGRAM" "$@" <$batch`,
    );
    let moved;
    try {
      moved = await change({ keys: [key("key3"), key("key2")] });
    } finally {
      unwrap();
    }
    complete(moved.report);
    assert.match(moved.report, /, [1-9]\d* not at the first attempt, [1-9]\d* gone meanwhile$/);
    assert.deepEqual(moved.stored, ["secretbox:key3"]);
    assert.equal(
      await rig.node.kubectl("get", "secret", "changed", "-o", "jsonpath={.metadata.annotations.by}"),
      "somebody",
    );
    assert.equal(await rig.node.kubectl("get", "secret", "deleted", "--ignore-not-found"), "");
    for (const name of ["changed", "held"])
      assert.deepEqual(
        await rig.node.stored(`/registry/secrets/${name === "held" ? "kube-public" : "default"}/${name}`),
        {
          "secretbox:key3": 1,
        },
      );
  });

  it("no Secret was lost, unreadable or of another value at any time", async () => {
    const { wrong, ...done } = await writer.end();
    assert.deepEqual(wrong, []);
    assert.ok(done.updated > 100 && done.deleted > 20 && done.made > count, JSON.stringify(done));
    assert.equal((await rig.node.stored("/registry/secrets/writer/"))["secretbox:key3"], done.there);
  });
});
