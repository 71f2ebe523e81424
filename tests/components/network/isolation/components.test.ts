import assert from "node:assert/strict";
import { exemptNamespaces } from "../../../../components/network/isolation/exempt.js";
import {
  nodes,
  pods,
  tcp,
  toApiServer,
  toDns,
  type Flow,
} from "../../../../components/network/isolation/flow.js";
import { NamespaceIsolation } from "../../../../components/network/isolation/namespaceIsolation.js";
import { PodIsolation, type LabelledPods } from "../../../../components/network/isolation/podIsolation.js";
import { capture } from "../../../kit/capture.js";

const policyType = "kubernetes:networking.k8s.io/v1:NetworkPolicy";
const ciliumType = "kubernetes:cilium.io/v2:CiliumNetworkPolicy";

const flows: Flow[] = [
  {
    from: { kind: "pods", namespace: "backstage" },
    to: { kind: "pods", namespace: "postgres" },
    ports: tcp(5432),
  },
  { from: nodes, to: pods("backstage", "web", { app: "web" }), ports: tcp(7007) },
  toApiServer("backstage", "backstage"),
];

describe("NamespaceIsolation", () => {
  const isolate = (over: object = {}) =>
    new NamespaceIsolation("isolation-backstage", { namespace: "backstage", flows, ...over });

  it("denies everything by default, and allows DNS and the flows", async () => {
    const run = await capture(() => isolate());
    assert.deepEqual(run.shape(), [
      "cluster-security:network:NamespaceIsolation isolation-backstage",
      `${ciliumType} isolation-backstage-service-account-backstage-cilium`,
      `${ciliumType} isolation-backstage-web-cilium`,
      `${policyType} isolation-backstage-all-pods`,
      `${policyType} isolation-backstage-default-deny`,
    ]);
    for (const { inputs, parent } of [...run.ofType(policyType), ...run.ofType(ciliumType)]) {
      assert.equal(inputs["metadata"].namespace, "backstage");
      assert.equal(parent, "isolation-backstage");
    }
    assert.deepEqual(run.one(policyType, "isolation-backstage-default-deny").inputs["spec"], {
      podSelector: {},
      policyTypes: ["Ingress", "Egress"],
    });
    assert.deepEqual(run.one(policyType, "isolation-backstage-all-pods").inputs["spec"], {
      podSelector: {},
      policyTypes: ["Egress"],
      egress: [
        {
          to: [
            {
              namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "kube-system" } },
              podSelector: { matchLabels: { "k8s-app": "kube-dns" } },
            },
          ],
          ports: [
            { port: 53, protocol: "UDP" },
            { port: 53, protocol: "TCP" },
          ],
        },
        {
          to: [{ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "postgres" } } }],
          ports: [{ port: 5432, protocol: "TCP" }],
        },
      ],
    });
    assert.deepEqual(run.one("cluster-security:network:NamespaceIsolation").outputs, {
      namespace: "backstage",
    });
  });

  it("annotates a policy with the sentences that it is made from, and no other policy", async () => {
    const sentences = ["backstage -> postgres:5432", "backstage -> postgres:9187"];
    const asked = [...sentences].reverse().map((sentence): Flow => ({ ...flows[0]!, sentence }));
    const run = await capture(() => isolate({ flows: [...asked, ...flows] }));
    const annotated = [...run.ofType(policyType), ...run.ofType(ciliumType)].flatMap(({ name, inputs }) =>
      "annotations" in inputs["metadata"] ? [[name, inputs["metadata"].annotations]] : [],
    );
    assert.deepEqual(annotated, [
      ["isolation-backstage-all-pods", { "cluster-security/flow": sentences.join("\n") }],
    ]);
  });

  it("allows before it denies, and first by what denies nothing", async () => {
    const run = await capture(() => isolate());
    const adding = run.ofType(ciliumType);
    assert.equal(adding.length, 2);
    for (const { inputs, dependencies } of adding) {
      assert.deepEqual(inputs["spec"].enableDefaultDeny, { ingress: false, egress: false });
      assert.deepEqual(dependencies, []);
    }
    assert.deepEqual(
      run.one(policyType, "isolation-backstage-all-pods").dependencies,
      adding.map(({ name }) => name).sort(),
    );
    const deny = run.one(policyType, "isolation-backstage-default-deny");
    assert.deepEqual(
      deny.dependencies,
      run.resources
        .filter(({ type, name }) => [policyType, ciliumType].includes(type) && name !== deny.name)
        .map(({ name }) => name)
        .sort(),
    );
  });

  it("registers the same resources with known and unknown values", async () => {
    assert.deepEqual(
      (await capture(() => isolate(), { preview: true })).shape(),
      (await capture(() => isolate())).shape(),
    );
  });

  for (const [namespace, reason] of Object.entries(exemptNamespaces)) {
    it(`refuses ${namespace}`, async () => {
      const run = await capture(() =>
        assert.throws(() => isolate({ namespace }), { message: `${namespace} is never isolated: ${reason}` }),
      );
      assert.deepEqual([...run.ofType(policyType), ...run.ofType(ciliumType)], []);
    });
  }
});

describe("PodIsolation", () => {
  const relay: LabelledPods = {
    kind: "pods",
    namespace: "kube-system",
    name: "relay",
    labels: { "k8s-app": "relay" },
    serviceAccount: "relay",
  };

  it("selects its pods alone, never the DNS servers next to them", async () => {
    const run = await capture(
      () =>
        new PodIsolation("pods", {
          namespace: "kube-system",
          pods: [relay],
          flows: [
            toDns(pods("kube-system", "relay", relay.labels)),
            toDns({ kind: "pods", namespace: "backstage" }),
            toApiServer("kube-system", "relay"),
            toApiServer("kube-system", "stranger"),
          ],
        }),
    );
    assert.deepEqual(run.shape(), [
      "cluster-security:network:PodIsolation pods",
      `${ciliumType} pods-service-account-relay-cilium`,
      `${policyType} pods-relay`,
      `${policyType} pods-relay-default-deny`,
    ]);
    for (const { inputs } of run.ofType(policyType))
      assert.deepEqual(inputs["spec"].podSelector, { matchLabels: relay.labels });
    const { ingress, egress, policyTypes } = run.one(policyType, "pods-relay-default-deny").inputs["spec"];
    assert.deepEqual([ingress, egress, policyTypes], [undefined, undefined, ["Ingress", "Egress"]]);
    assert.deepEqual(run.one("cluster-security:network:PodIsolation").outputs, { isolated: ["relay"] });
  });
});
