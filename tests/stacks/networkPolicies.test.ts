import assert from "node:assert/strict";
import { networkPolicies } from "../../stacks/settings/derived/networkPolicies.js";
import { isCilium, policiesIn, settingsIn, titleOf } from "../real/network/policies.js";

describe("the policies that verify looks for", () => {
  for (const stack of ["musashi", "lab"]) {
    it(`are those that ${stack} applies`, async () => {
      const settings = settingsIn(stack);
      const wanted = [...networkPolicies(settings)].flatMap(([namespace, { standard, denying, cilium }]) => [
        ...[...denying, ...standard].map(([name, spec]) => [`NetworkPolicy ${namespace}/${name}`, spec]),
        ...[...cilium].map(([name, spec]) => [`CiliumNetworkPolicy ${namespace}/${name}`, spec]),
      ]);
      const applied = await policiesIn(settings);
      assert.ok(applied.some(isCilium));
      assert.deepEqual(
        new Map(wanted as [string, object][]),
        new Map(applied.map((policy) => [titleOf(policy), policy["spec"] as object])),
      );
    });
  }
});
