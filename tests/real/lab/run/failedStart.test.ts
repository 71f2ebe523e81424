import assert from "node:assert/strict";
import { silent } from "../../../../cli/kit/progress.js";
import { stopLab } from "../../../../cli/lab/cluster/labControlPlane.js";
import { isAnythingRunning } from "../../../../cli/lab/cluster/running.js";
import { Lab } from "../../../../cli/lab/lab.js";
import { forgetUserSettings } from "../../../../cli/plan/engine/folder.js";
import type { StandIn } from "../../../../cli/plan/providers/standIn.js";

const name = "failed-start";

describe("a lab that cannot be used once its cluster is up", () => {
  before(forgetUserSettings);
  after(() => stopLab(name, { removeFiles: true }));

  it("stops the cluster", async () => {
    let ranBefore = false;
    const wrap = (standIn: StandIn) => {
      ranBefore = isAnythingRunning(name);
      if (ranBefore) throw new Error("the lab fails");
      return standIn;
    };
    await assert.rejects(Lab.start({ name, stack: "lab", keep: false, progress: silent, wrap }), {
      message: "the lab fails",
    });
    assert.deepEqual([ranBefore, isAnythingRunning(name)], [true, false]);
  });
});
