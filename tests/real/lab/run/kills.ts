import assert from "node:assert/strict";
import type { FaultLab, Kill } from "./faults.js";

/** Tests of a lab that has been up and down once: what kills and crashes leave, and that the next run mends it. */
export function describeKills(lab: FaultLab): void {
  describe("afterwards all is as if nothing had happened", () => {
    /** A kill after this share of all creations, and one of the destroy after that share of all deletions. */
    const kills: [share: number, kill: Omit<Kill, "count">, destroyShare?: number][] = [
      [0.2, { at: "asked", who: "engine" }],
      [0.55, { at: "done", who: "cluster" }],
      [0.9, { at: "done", who: "process" }, 0.5],
    ];
    const sweep = process.env["SWEEP"] !== undefined;
    for (const [share, { at, who }, destroyShare] of kills) {
      const what = { engine: "the engine", process: "its process and all it runs", cluster: "everything" }[
        who
      ];
      const then = destroyShare === undefined ? "" : ", and then in the middle of the destroy";
      it(`when ${what} is killed after ${Math.round(share * 100)} % of the resources${then}`, async function () {
        if (sweep) this.skip();
        const count = (all: number, part: number) => Math.max(1, Math.round(all * part));
        const problems = await lab.killed(
          { at, who, count: count(lab.asked.create, share) },
          destroyShare === undefined ? undefined : { at, count: count(lab.asked.delete, destroyShare) },
        );
        assert.deepEqual(problems, []);
      });
    }

    it("when it is killed after any one of the resources", async function () {
      if (!sweep) this.skip();
      this.timeout(0);
      const ats = ["asked", "done"] as const;
      const whos = ["engine", "cluster", "process"] as const;
      const last = Math.max(lab.asked.create, lab.asked.delete);
      const problems: string[] = [];
      for (let n = 1; n <= last; n++) {
        // Three and two have no common divisor, so every pair comes up.
        const kill = { at: ats[n % 2]!, who: whos[n % 3]!, count: Math.min(n, lab.asked.create) };
        const destroyKill = { at: ats[n % 2]!, count: Math.min(n, lab.asked.delete) };
        const found = await lab.killed(kill, destroyKill);
        console.log(`      ${n} of ${last}, ${kill.who}, ${kill.at}: ${found.length} problems`);
        problems.push(...found.map((problem) => `${n} ${kill.who} ${kill.at}: ${problem}`));
        // What is still there would be found again and again.
        if (found.length > 0) break;
      }
      assert.deepEqual(problems, []);
    });
  });
}
