import assert from "node:assert/strict";
import { silent } from "../../../cli/kit/progress.js";
import { bringUp } from "../../../cli/lab/lifeCycle.js";
import { Phases } from "../../../cli/lab/phases.js";
import type { Counts } from "../../../cli/lab/program.js";

describe("the first pulumi up of a lab", () => {
  const all = (same: number): Counts => ({ create: 0, update: 0, replace: 0, delete: 0, same });

  for (const [first, result] of [
    [{ ...all(0), create: 261 }, "261 created"],
    [
      { ...all(8), create: 261, update: 1 },
      "261 created, 1 updated, 8 unchanged; 9 of them came with the node's files, before the API server",
    ],
  ] as const)
    it(`says why not everything is created: ${result}`, async () => {
      const ups: Counts[] = [first, all(270)];
      const phases = new Phases(silent, () => {});
      const up = () => Promise.resolve(ups.shift()!);
      const refresh = () => Promise.resolve(all(270));
      await bringUp(phases, { up, refresh, destroy: () => assert.fail("it is destroyed") });
      assert.deepEqual(
        phases.done.map((phase) => phase.result),
        [result, "270 unchanged", "270 unchanged"],
      );
    });
});
