import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { Rig } from "./rig/rig.js";
import { key } from "./rig/wish.js";
import { Writer } from "./rig/writing.js";

describe("cluster-security-apply killed at every step of a rotation", () => {
  let rig: Rig;
  before(async () => {
    rig = await Rig.of();
    await rig.applied({ identityFallback: true });
  });
  after(() => rig.stop());

  it("while a new key is added, put first and everything is rewritten, with a program that goes on writing", async () => {
    const writer = await Writer.of(rig.node, 120);
    const names = ["key1"];
    const steps: string[] = [];
    // Each round moves on to a key that is new, so that nothing is there already.
    for (let at = 3; ; at++) {
      names.unshift(`new${at}`);
      const wish = { keys: names.slice(0, 2).map((name) => key(name)) };
      const killed = await rig.apply(wish, { env: { CLUSTER_SECURITY_KILL_AT: String(at) } });
      if (killed.signal === null && killed.status === 0) break;
      assert.ok(killed.signal === "SIGKILL" || killed.status === 137, `${killed.status}: ${killed.stderr}`);
      const step = killed.stdout
        .trimEnd()
        .split("\n")
        .at(-1)!
        .replace(/ \d+ secrets.*/, "");
      // A rewrite has several places to be killed at.
      if (step !== steps.at(-1)) steps.push(step);
      assert.match(await rig.applied(wish), /^applied: /);
      assert.deepEqual(Object.keys(await rig.node.stored()), [`secretbox:${names[0]}`]);
    }
    assert.deepEqual(steps, [
      "-- ConfigMaps",
      "-- waiting until the API server has loaded the keys (it looks once a minute)",
      "-- probe",
      "-- the new key is put first",
      "-- waiting until the API server has loaded it (it looks once a minute)",
      "-- probe of the new key",
      "-- done",
      "-- rewriting",
    ]);
    const { wrong } = await writer.end();
    assert.deepEqual(wrong, []);
    assert.ok(!existsSync(join(rig.node.root, "var/lib/cluster-security/unfinished")));
  });
});
