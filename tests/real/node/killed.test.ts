import assert from "node:assert/strict";
import { everything } from "./given.js";
import { full } from "../../kit/full.js";
import { killedEverywhere } from "./rig/calls.js";
import { Rig } from "./rig/rig.js";
import type { Wish } from "./rig/wish.js";

describe("cluster-security-apply killed before and after its calls", function () {
  if (full) this.timeout(14_400_000);
  const wishes: Wish[] = [
    { identityFallback: true },
    { identityFallback: true, secretsLevel: "RequestResponse" },
  ];
  let rig: Rig;
  before(async () => {
    rig = await Rig.of();
    await rig.applied(wishes[0]);
  });
  after(() => rig.stop());

  it("ends as without it, or goes back to what was there, while flags and the audit policy change", async () => {
    /** Everything on the node, by wish. */
    const expected = [await everything(rig)];
    let current = 0;
    /** Two forward, two back, so that either follows a kill before and one after a call. */
    const goesOn = (round: number) => round % 4 < 2;
    let next = 0;
    await killedEverywhere(rig.killable(), full ? undefined : 8, {
      wish: () => wishes[1 - current]!,
      again(round) {
        next = goesOn(round) ? 1 - current : current;
        return wishes[next]!;
      },
      async check(round) {
        if (round === 0) next = 1;
        current = next;
        const found = await everything(rig);
        assert.deepEqual(found, (expected[current] ??= found));
      },
    });
  });
});
