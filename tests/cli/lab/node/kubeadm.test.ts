import assert from "node:assert/strict";
import { parseAllDocuments, stringify } from "yaml";
import { forThisKindOfNode } from "../../../../cli/lab/node/kubeadm.js";

describe("kubeadm's configuration for a node of namespaces", () => {
  const cluster = { kind: "ClusterConfiguration", clusterName: "lab" };
  const kubelet = { kind: "KubeletConfiguration", podPidsLimit: 4096 };
  const documents = (text: string) => parseAllDocuments(text).map((document) => document.toJSON());

  it("keeps all that the program says, and adds what the machine needs", () => {
    const given = [cluster, kubelet].map((document) => stringify(document)).join("---\n");
    const [first, second, third, ...rest] = documents(forThisKindOfNode(given));
    assert.deepEqual(first, cluster);
    assert.equal(second.podPidsLimit, 4096);
    assert.equal(second.failCgroupV1, false);
    assert.equal(second.evictionHard["imagefs.available"], "0%");
    assert.deepEqual([third.kind, third.conntrack], ["KubeProxyConfiguration", { maxPerCore: 0 }]);
    assert.deepEqual(rest, []);
  });

  it("keeps the fields of kube-proxy that are there", () => {
    const [proxy] = documents(forThisKindOfNode("kind: KubeProxyConfiguration\nmode: iptables\n"));
    assert.deepEqual([proxy.mode, proxy.conntrack], ["iptables", { maxPerCore: 0 }]);
  });
});
