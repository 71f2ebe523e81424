import assert from "node:assert/strict";
import { notYetKnown } from "../../policy/resource.js";
import { checkBucket, checkPreauthenticatedRequest } from "../../policy/rules/bucket.js";

const good = { accessType: "NoPublicAccess", versioning: "Enabled" };
const publicAccess = (shown: string) =>
  `accessType is ${shown}, which may let anybody read backups; only "NoPublicAccess" is allowed. Set it.`;
const unversioned = (shown: string) =>
  `versioning is ${shown}, so what a stolen key deletes or overwrites is gone; only "Enabled" is allowed. Set it.`;
const unprotected =
  "the resource is not protected, so a mistake in the program could delete every backup; only protect: true is " +
  "allowed. Set it in the resource options.";

describe("policy: bucket private and protected", () => {
  const cases: [inputs: Record<string, unknown>, protect: boolean, messages: string[]][] = [
    [good, true, []],
    [{ ...good, accessType: notYetKnown, versioning: notYetKnown }, true, []],
    [{ ...good, accessType: "ObjectRead" }, true, [publicAccess('"ObjectRead"')]],
    [{ ...good, accessType: undefined }, true, [publicAccess("nothing")]],
    [{ ...good, versioning: "Suspended" }, true, [unversioned('"Suspended"')]],
    [{ ...good, versioning: undefined }, true, [unversioned("nothing")]],
    [good, false, [unprotected]],
    [{}, false, [publicAccess("nothing"), unversioned("nothing"), unprotected]],
    // What is not yet known hides nothing else.
    [{ ...good, accessType: notYetKnown }, false, [unprotected]],
  ];
  for (const [inputs, protect, messages] of cases) {
    const shown = Object.entries(inputs).map(([key, value]) => `${key} ${String(value)}`);
    it(`${messages.length > 0 ? "refuses" : "passes"} ${shown.join(", ") || "nothing set"}, protect ${protect}`, () => {
      assert.deepEqual(checkBucket({ inputs, protect }), messages);
    });
  }

  it("refuses every pre-authenticated request", () => {
    assert.deepEqual(checkPreauthenticatedRequest(), [
      "a pre-authenticated request lets everybody who has its address into the bucket; only users limited by policy are " +
        "allowed. Make a user and a customer secret key, as components/backups/bucketWriter.ts does.",
    ]);
  });
});
