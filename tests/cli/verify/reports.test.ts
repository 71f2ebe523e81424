import assert from "node:assert/strict";
import { pushedReports } from "../../../cli/verify/checks/backups/reports.js";
import { fakeTarget } from "./fakeTarget.js";
import { jobReport, pushedBy } from "./pairs/nodeJobs.js";

describe("the reports of backup jobs", () => {
  const reportsOf = (...groups: object[]) => pushedReports(fakeTarget(pushedBy(...groups)));

  it("are all good, or one that is not counts, whichever comes first", async () => {
    const [good, bad] = [jobReport("pg_dump"), jobReport("pg_dump", 0, 30)];
    const alone = (await reportsOf(bad))!.get("pg_dump");
    assert.equal(alone!.succeeded, false);
    for (const groups of [
      [good, bad],
      [bad, good],
    ])
      assert.deepEqual((await reportsOf(...groups))!.get("pg_dump"), alone);
    assert.equal((await reportsOf(good, good))!.get("pg_dump")!.succeeded, true);
  });
});
