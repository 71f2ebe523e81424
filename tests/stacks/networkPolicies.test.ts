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

describe("with NodeLocal DNSCache", () => {
  const policiesOf = (nodeLocalDns: boolean) =>
    networkPolicies(settingsIn("musashi", { enforcement: "enforce", allowUnenforced: false, nodeLocalDns }));
  const toNodes = { toEntities: ["host", "remote-node"] };
  const ports = ["UDP", "TCP"].map((protocol) => ({ port: "53", protocol }));

  it("every isolated namespace asks port 53 of the nodes as well", () => {
    const [without, withIt] = [policiesOf(false), policiesOf(true)];
    for (const [namespace, { standard, cilium }] of withIt) {
      const asked = [...cilium.values()].flatMap(({ egress = [] }) => egress);
      const rules = asked.filter(({ toPorts }) =>
        toPorts?.some(({ ports: [first] }) => first?.port === "53"),
      );
      const ofNodes = rules.filter(({ toEntities }) => toEntities !== undefined);
      assert.ok(ofNodes.length > 0, namespace);
      for (const { toPorts, ...to } of ofNodes) assert.deepEqual([to, toPorts[0]!.ports], [toNodes, ports]);
      assert.deepEqual(standard, without.get(namespace)!.standard, "standard policies stay as they are");
    }
  });

  it("answers are seen by Cilium where hosts are allowed by name", () => {
    const { egress = [] } = policiesOf(true).get("backstage")!.cilium.get("all-pods")!;
    assert.deepEqual(
      egress.filter(({ toEntities }) => toEntities !== undefined),
      [{ ...toNodes, toPorts: [{ ports, rules: { dns: [{ matchPattern: "*" }] } }] }],
    );
  });
});
