import assert from "node:assert/strict";
import { examine } from "../../../../cli/state/doctor/examine.js";
import type { StackExport } from "../../../../cli/state/stackExport.js";
import { clusterOf, type World } from "./world.js";

export interface Case {
  state: StackExport;
  world?: World;
  /** Default: nothing. */
  found?: [kind: string, mend: RegExp, fix: string | undefined];
}

/** Tests what the doctor finds in each case. */
export function finds(cases: Record<string, Case>): void {
  for (const [name, { state, world, found }] of Object.entries(cases)) {
    it(name, async () => {
      const cluster = world && clusterOf(world);
      const all = await examine({ stack: "musashi", locks: [], state, cluster });
      const [kind, mend, fix] = found ?? [];
      assert.deepEqual(
        all.map(({ kind, fix }) => [kind, fix?.do]),
        found ? [[kind, fix]] : [],
      );
      for (const each of all) {
        assert.match(each.mend, mend!);
        assert.doesNotMatch(each.what + each.mend, /needle/);
      }
    });
  }
}
