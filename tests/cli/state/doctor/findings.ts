import assert from "node:assert/strict";
import { examine } from "../../../../cli/state/doctor/examine.js";
import type { State } from "../../../../cli/state/doctor/stack.js";
import { clusterOf, type World } from "./world.js";

export interface Case {
  name: string;
  state: State;
  world?: World;
  found: [kind: string, mend: RegExp, fix: string | undefined][];
}

/** Tests what the doctor finds in each case. */
export function finds(cases: readonly Case[]): void {
  for (const { name, state, world, found } of cases) {
    it(name, async () => {
      const cluster = world && clusterOf(world);
      const all = await examine({ stack: "musashi", locks: [], state, cluster });
      assert.deepEqual(
        all.map(({ kind, fix }) => [kind, fix?.do]),
        found.map(([kind, , fix]) => [kind, fix]),
      );
      for (const [index, { mend, what }] of all.entries()) {
        assert.match(mend, found[index]![1]);
        assert.doesNotMatch(what + mend, /needle/);
      }
    });
  }
}
