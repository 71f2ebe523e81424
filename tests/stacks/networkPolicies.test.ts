import assert from "node:assert/strict";
import { networkPolicies } from "../../stacks/settings/derived/networkPolicies.js";
import { isCilium, policiesIn, settingsIn, titleOf } from "../real/network/policies.js";

describe("the policies that verify looks for", () => {
  const dns = { namespace: "dns", labels: { app: "coredns" } };
  for (const [stack, network, what] of [
    ["musashi", {}, ""],
    ["musashi", { dns }, " with DNS servers in another namespace"],
    ["lab", {}, ""],
  ] as const) {
    it(`are those that ${stack}${what} applies`, async () => {
      const settings = settingsIn(stack, network);
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

describe("with DNS servers elsewhere", () => {
  const policiesOf = (dns: object) =>
    networkPolicies(settingsIn("musashi", { enforcement: "enforce", allowUnenforced: false, dns }));
  const ports = ["UDP", "TCP"].map((protocol) => ({ port: 53, protocol }));
  const cases: [what: string, dns: object, standard: object, cilium: object][] = [
    [
      "in another namespace",
      { namespace: "dns", labels: { app: "coredns" } },
      {
        namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "dns" } },
        podSelector: { matchLabels: { app: "coredns" } },
      },
      { toEndpoints: [{ matchLabels: { "k8s:io.kubernetes.pod.namespace": "dns", "k8s:app": "coredns" } }] },
    ],
    [
      "outside the cluster",
      { addresses: ["198.51.100.53"] },
      { ipBlock: { cidr: "198.51.100.53/32" } },
      { toCIDRSet: [{ cidr: "198.51.100.53/32" }] },
    ],
  ];
  for (const [what, dns, standard, cilium] of cases) {
    it(`${what}, isolated pods ask those alone, and Cilium sees the answers that name allowed hosts`, () => {
      const policies = policiesOf(dns);
      assert.ok(
        !JSON.stringify([...policies].map(([, all]) => [...all.standard, ...all.cilium])).includes(
          "kube-dns",
        ),
      );
      for (const namespace of ["backstage", "harbor"])
        assert.deepEqual(
          policies
            .get(namespace)!
            .standard.get("all-pods")!
            .egress!.find(({ ports: [first] = [] }) => first?.port === 53),
          { to: [standard], ports },
        );
      assert.deepEqual(
        policies
          .get("backstage")!
          .cilium.get("all-pods")!
          .egress!.filter(({ toPorts: [rule] }) => rule?.rules && "dns" in rule.rules),
        [
          {
            ...cilium,
            toPorts: [
              {
                ports: ports.map(({ port, protocol }) => ({ port: String(port), protocol })),
                rules: { dns: [{ matchPattern: "*" }] },
              },
            ],
          },
        ],
      );
      const relay = policies.get("kube-system")!.standard.get("hubble-relay")!;
      assert.deepEqual(relay.egress, [{ to: [standard], ports }]);
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
