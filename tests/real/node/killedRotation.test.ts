import assert from "node:assert/strict";
import { full } from "../../kit/full.js";
import { killedEverywhere } from "./rig/calls.js";
import { Rig } from "./rig/rig.js";
import { key, type Wish } from "./rig/wish.js";
import { Writer } from "./rig/writing.js";

describe("cluster-security-apply killed before and after its calls in a rotation", function () {
  if (full) this.timeout(14_400_000);
  let rig: Rig;
  before(async () => {
    rig = await Rig.of();
    await rig.applied({ identityFallback: true });
  });
  after(() => rig.stop());

  it("loses nothing of a program that goes on writing, and rewrites everything when it is run again", async () => {
    const writer = await Writer.of(rig.node, 120);
    // Each round moves on to a key that is new, so that nothing is there already.
    const name = (round: number) => `key${round + 2}`;
    const wish = (round: number): Wish => ({ keys: [key(name(round)), key(name(round - 1))] });
    await killedEverywhere(rig.killable(), full ? undefined : 10, {
      wish,
      again: wish,
      check: async (round) =>
        assert.deepEqual(Object.keys(await rig.node.stored()), [`secretbox:${name(round)}`]),
    });
    const { wrong } = await writer.end();
    assert.deepEqual(wrong, []);
  });
});
