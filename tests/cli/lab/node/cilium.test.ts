import assert from "node:assert/strict";
import { ciliumAdditions as additions } from "../../../../cli/lab/node/cilium.js";
import { assertKnownValues } from "../../../kit/chartValues.js";
import { demandChart } from "../../../kit/charts.js";

describe("what a node of this machine changes of Cilium's values", () => {
  it("are values of the chart", function () {
    assertKnownValues(this, "cilium", additions);
  });

  it("takes from the chart's capabilities one, and adds none", function () {
    const { capabilities } = demandChart(this, "cilium").defaults()["securityContext"] as {
      capabilities: Record<string, string[]>;
    };
    const withIt = Object.entries(capabilities).filter(([, names]) => names.includes("SYS_RESOURCE"));
    assert.deepEqual(
      additions.securityContext.capabilities,
      Object.fromEntries(
        withIt.map(([container, names]) => [container, names.filter((name) => name !== "SYS_RESOURCE")]),
      ),
    );
  });
});
