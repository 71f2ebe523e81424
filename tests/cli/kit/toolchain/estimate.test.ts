import assert from "node:assert/strict";
import { Estimate } from "../../../../cli/kit/toolchain/estimate.js";

describe("the time that builds take", () => {
  it("is that of the table until something is finished", () => {
    assert.equal(new Estimate(9).left(4, 0), "about 9 minutes left");
    assert.equal(new Estimate(9).left(4, 3), "about 6 minutes left");
  });

  it("is scaled by what was measured", () => {
    const estimate = new Estimate(9);
    estimate.finish(4, 8);
    assert.equal(estimate.left(2, 0), "about 10 minutes left");
    assert.equal(estimate.left(2, 1), "about 9 minutes left");
  });

  it("takes no measure from what another process built", () => {
    const estimate = new Estimate(9);
    estimate.finish(4);
    assert.equal(estimate.left(2, 0), "about 5 minutes left");
  });

  it("does not fall below that of the later ones while one takes longer than expected", () => {
    assert.equal(new Estimate(5).left(4, 30), "about a minute left");
    assert.equal(new Estimate(4).left(4, 30), "less than a minute left");
  });
});
