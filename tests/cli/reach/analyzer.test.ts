import assert from "node:assert/strict";
import { connectionsIn, manifestsOf } from "../../../cli/reach/analyzer.js";
import { PodGroups } from "../../../cli/reach/podGroups.js";
import { policySet } from "../../../cli/reach/policies.js";
import { cilium, deny, inNamespace, shop, standard } from "./policies.js";

const set = policySet(shop);
const podGroups = new PodGroups([set]);
const namesOf = (given: PodGroups) => given.list().map(({ name }) => name);

describe("pods that policies name", () => {
  it("are called by what names the application, each namespace once by itself", () =>
    assert.deepEqual(namesOf(podGroups), [
      "gateway",
      "kube-system",
      "kube-system/kube-dns",
      "shop",
      "shop/db",
      "shop/web",
      "any other namespace",
    ]));

  it("are called as the policy is, where that is one of their labels", () => {
    const labels = { app: "harbor", component: "core" };
    const policy = standard("harbor", "core", { podSelector: { matchLabels: labels } });
    assert.deepEqual(namesOf(new PodGroups([policySet([policy])])).slice(0, -1), ["harbor", "harbor/core"]);
  });

  it("are told apart by all their labels where one is not enough", () => {
    const peers = [
      { app: "x", role: "a" },
      { app: "x", role: "b" },
    ].map((labels) => inNamespace("n", labels));
    const policy = standard("m", "p", { podSelector: {}, ingress: [{ from: peers }] });
    assert.deepEqual(namesOf(new PodGroups([policySet([policy])])).slice(0, -1), [
      "m",
      "n",
      "n/x-a",
      "n/x-b",
    ]);
  });

  it("are those of Cilium's policies too, but for ServiceAccounts, which the analyzer does not know", () => {
    const selectors = [
      { matchLabels: { "k8s:io.kubernetes.pod.namespace": "there", "k8s:app": "a" } },
      {
        matchLabels: {
          "k8s:io.kubernetes.pod.namespace": "nowhere",
          "k8s:io.cilium.k8s.policy.serviceaccount": "b",
        },
      },
    ];
    const policy = cilium("here", "p", { endpointSelector: {}, ingress: [{ fromEndpoints: selectors }] });
    assert.deepEqual(namesOf(new PodGroups([policySet([policy])])).slice(0, -1), [
      "here",
      "there",
      "there/a",
    ]);
  });

  it("of two states are known together", () =>
    assert.deepEqual(namesOf(new PodGroups([policySet([deny("b")]), policySet([deny("a")])])), [
      "a",
      "b",
      "any other namespace",
    ]));
});

describe("what netpol-analyzer is given", () => {
  const manifests = manifestsOf(set, podGroups) as {
    kind: string;
    metadata: { name: string; namespace?: string; labels?: object };
  }[];
  const ofKind = (kind: string) =>
    manifests.filter((object) => object.kind === kind).map(({ metadata }) => metadata);

  it("are namespaces with the label that Kubernetes gives them", () =>
    assert.deepEqual(
      ofKind("Namespace").map(({ name, labels }) => [name, labels]),
      ["gateway", "kube-system", "shop", "any-other-namespace"].map((name) => [
        name,
        { "kubernetes.io/metadata.name": name },
      ]),
    ));

  it("are two pods of each, with the labels that policies look at", () =>
    assert.deepEqual(ofKind("Pod").slice(-4), [
      { name: "pod-5", namespace: "shop", labels: { app: "web", tier: "front" } },
      { name: "twin-5", namespace: "shop", labels: { app: "web", tier: "front" } },
      { name: "pod-6", namespace: "any-other-namespace", labels: {} },
      { name: "twin-6", namespace: "any-other-namespace", labels: {} },
    ]));

  it("are the NetworkPolicies, and no policy of Cilium's", () => {
    assert.deepEqual(
      ofKind("NetworkPolicy").map(({ name }) => name),
      ["default-deny", "web", "database", "all-pods"],
    );
    assert.equal(manifests.length, 4 + 14 + 4);
  });
});

describe("what netpol-analyzer prints", () => {
  const read = (...rows: [src: string, dst: string, conn: string][]) =>
    connectionsIn(JSON.stringify(rows.map(([src, dst, conn]) => ({ src, dst, conn }))), podGroups);

  it("is read with the names of the pod groups", () =>
    assert.deepEqual(
      read(
        ["shop/pod-5[Pod]", "shop/pod-4[Pod]", "TCP 5432"],
        ["shop/pod-5[Pod]", "203.0.113.0-203.0.113.255", "TCP 443"],
      ),
      [
        { from: "shop/web", to: "shop/db", ports: [{ protocol: "TCP", first: 5432, last: 5432 }] },
        {
          from: "shop/web",
          to: [3405803776, 3405804031],
          ports: [{ protocol: "TCP", first: 443, last: 443 }],
        },
      ],
    ));

  it("tells whether pods of one kind reach each other, and nothing else by the second pod", () => {
    const found = read(
      ["shop/pod-5[Pod]", "shop/twin-5[Pod]", "TCP 1"],
      ["shop/twin-5[Pod]", "shop/pod-5[Pod]", "TCP 2"],
      ["shop/pod-5[Pod]", "shop/twin-4[Pod]", "TCP 3"],
      ["shop/twin-5[Pod]", "shop/pod-4[Pod]", "TCP 4"],
    );
    assert.deepEqual(found, [
      { from: "shop/web", to: "shop/web", ports: [{ protocol: "TCP", first: 1, last: 1 }] },
    ]);
  });

  it("may be nothing", () => assert.deepEqual(connectionsIn("null", podGroups), []));

  it("is refused where it is not understood", () => {
    for (const end of ["shop/web[Deployment]", "shop/pod-99[Pod]", "{ingress-controller}"]) {
      assert.throws(() => read([end, "shop/pod-4[Pod]", "TCP 1"]), {
        message: `netpol-analyzer wrote an end of a connection that is not understood: ${end}`,
      });
    }
  });
});
