import assert from "node:assert/strict";
import { full, printSample } from "../../../kit/full.js";
import type { FaultLab, Kill } from "./faults.js";

/** Kills of one `up` that goes on after each, and how much of all creations each of them lets pass. */
const sample: (Omit<Kill, "count"> & { share: number })[] = [
  { share: 0.2, at: "asked", who: "engine" },
  { share: 0.35, at: "done", who: "cluster" },
  { share: 0.35, at: "done", who: "process" },
];

/** Tests of a lab that has been up and down once: what kills and crashes leave, and that the next run mends it. */
export function describeKills(lab: FaultLab): void {
  describe("afterwards all is as if nothing had happened", () => {
    if (full) sweep(lab);
    else
      it("when the engine, then everything, then its process with all it runs is killed in an up, and that again in the destroy", async () => {
        const { create, delete: deleted } = lab.asked;
        printSample(sample.length + 1, 2 * Math.max(create, deleted), "test:lab:full");
        const kills = sample.map(({ share, ...kill }) => ({ ...kill, count: Math.round(create * share) }));
        assert.deepEqual(await lab.killed(kills, { at: "done", count: Math.round(deleted / 2) }), []);
      });
  });
}

function sweep(lab: FaultLab): void {
  it("when it is killed after any one of the resources", async function () {
    this.timeout(0);
    const ats = ["asked", "done"] as const;
    const whos = ["engine", "cluster", "process"] as const;
    const last = Math.max(lab.asked.create, lab.asked.delete);
    const problems: string[] = [];
    for (let n = 1; n <= last; n++) {
      // Three and two have no common divisor, so every pair comes up.
      const kill = { at: ats[n % 2]!, who: whos[n % 3]!, count: Math.min(n, lab.asked.create) };
      const destroyKill = { at: ats[n % 2]!, count: Math.min(n, lab.asked.delete) };
      const found = await lab.killed([kill], destroyKill);
      console.log(`      ${n} of ${last}, ${kill.who}, ${kill.at}: ${found.length} problems`);
      problems.push(...found.map((problem) => `${n} ${kill.who} ${kill.at}: ${problem}`));
      // What is still there would be found again and again.
      if (found.length > 0) break;
    }
    assert.deepEqual(problems, []);
  });
}
