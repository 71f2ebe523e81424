import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { Cilium, ciliumValues, type CiliumArgs } from "../../../components/network/cilium.js";
import { capture } from "../../kit/capture.js";
import { assertKnownValues } from "../../kit/chartValues.js";

describe("Cilium", () => {
  const args = (over: Partial<CiliumArgs> = {}): CiliumArgs => ({
    namespace: "kube-system",
    nodeCount: 1,
    podSubnet: "10.244.0.0/16",
    encryption: "none",
    hubble: true,
    ...over,
  });
  const monitoring = { release: "kube-prometheus-stack" };
  const values = (over?: Partial<CiliumArgs>) => ciliumValues(args(over)) as Record<string, any>;

  it("installs the release with its values", async () => {
    const run = await capture(
      () => new Cilium("cilium", args({ namespace: pulumi.output("kube-system"), chartVersion: "1.20.1" })),
    );
    const release = run.one("kubernetes:helm.sh/v3:Release");
    assert.equal(run.one("cluster-security:addon:Addon").parent, "cilium");
    assert.equal(release.parent, "cilium-cni");
    assert.equal(release.inputs["name"], "cilium");
    assert.equal(release.inputs["namespace"], "kube-system");
    assert.equal(release.inputs["version"], "1.20.1");
    assert.deepEqual(release.inputs["values"], values());
    assert.deepEqual(run.one("cluster-security:network:Cilium").outputs, { releaseName: "cilium" });
  });

  it("registers the same resources with known and unknown values", async () => {
    const program = () => new Cilium("cilium", args());
    assert.deepEqual((await capture(program, { preview: true })).shape(), (await capture(program)).shape());
  });

  describe("values", () => {
    it("leave Services to kube-proxy and take pod addresses from Kubernetes", () => {
      const { kubeProxyReplacement, k8sServiceHost, ipam, k8s, ipv4NativeRoutingCIDR } = values();
      assert.equal(kubeProxyReplacement, "false");
      assert.equal(k8sServiceHost, undefined);
      assert.deepEqual(ipam, { mode: "kubernetes" });
      assert.deepEqual(k8s, { requireIPv4PodCIDR: true });
      assert.equal(ipv4NativeRoutingCIDR, "10.244.0.0/16");
    });

    it("enforce policies, those of layer 7 too", () => {
      assert.equal(values().policyEnforcementMode, "default");
      assert.equal(values().l7Proxy, true);
    });

    it("switch every agent to audit mode, and leave the switch out otherwise", () => {
      assert.equal(values({ enforcement: "audit" }).policyAuditMode, true);
      for (const over of [{}, { enforcement: "enforce" as const }])
        assert.ok(!("policyAuditMode" in values(over)));
    });

    for (const [nodeCount, replicas] of [
      [1, 1],
      [2, 2],
      [3, 2],
    ] as const) {
      it(`run ${replicas} of the operator on ${nodeCount} node(s)`, () => {
        assert.equal(values({ nodeCount }).operator.replicas, replicas);
      });
    }

    it("encrypt between nodes with WireGuard, or not at all", () => {
      assert.deepEqual(values({ encryption: "wireguard" }).encryption, { enabled: true, type: "wireguard" });
      assert.deepEqual(values({ encryption: "none" }).encryption, { enabled: false });
    });

    it("run Hubble and its relay by setting", () => {
      assert.equal(values({ hubble: true }).hubble.relay.enabled, true);
      assert.deepEqual(values({ hubble: false, monitoring }).hubble, { enabled: false });
    });

    it("draw no certificate while rendering", () => {
      assert.deepEqual(values().hubble.tls, { auto: { enabled: true, method: "cronJob" } });
    });

    it("keep what authorises a request out of Hubble's flows", () => {
      const { enabled, http } = values().hubble.redact;
      assert.equal(enabled, true);
      assert.deepEqual([http.urlQuery, http.userInfo], [true, true]);
      assert.deepEqual(http.headers.deny, ["authorization", "cookie", "proxy-authorization", "set-cookie"]);
    });

    it("let the relay find the agents under the cluster's DNS domain", () => {
      assert.equal(values().hubble.peerService.clusterDomain, "cluster.local");
      assert.equal(values({ dnsDomain: "home.arpa" }).hubble.peerService.clusterDomain, "home.arpa");
    });

    it("serve metrics with a monitor for each server of them, and only where there is monitoring", () => {
      const servers = (over: Partial<CiliumArgs>) => {
        const { prometheus, operator, envoy, hubble } = values(over);
        return [prometheus, operator.prometheus, envoy.prometheus, hubble.relay.prometheus];
      };
      for (const server of servers({ monitoring })) {
        assert.equal(server.enabled, true);
        assert.equal(server.serviceMonitor.enabled, true);
        assert.deepEqual(server.serviceMonitor.labels, monitoring);
      }
      for (const server of servers({})) {
        assert.equal(server.enabled, false);
        assert.equal(server.serviceMonitor.enabled, false);
      }
      assert.deepEqual(values({ monitoring }).hubble.metrics, {
        enabled: ["dns", "drop", "tcp", "flow", "icmp", "httpV2"],
        serviceMonitor: { enabled: true, labels: monitoring },
      });
      assert.equal("metrics" in values().hubble, false);
    });

    it("render where no cluster can be asked for the ServiceMonitor CRD", () => {
      assert.equal(values({ monitoring }).prometheus.serviceMonitor.trustCRDsExist, true);
    });

    it("restart pods whose configuration changed", () => {
      const { rollOutCiliumPods, operator, envoy, hubble } = values();
      assert.deepEqual(
        [rollOutCiliumPods, operator.rollOutPods, envoy.rollOutPods, hubble.relay.rollOutPods],
        [true, true, true, true],
      );
    });

    it("label the namespace that the chart makes", () => {
      const labels = values().secretsNamespaceLabels;
      assert.equal(labels["pod-security.kubernetes.io/enforce"], "restricted");
      assert.equal(labels["app.kubernetes.io/managed-by"], "Helm");
    });

    it("are values of the chart", function () {
      assertKnownValues(this, "cilium", values({ monitoring, encryption: "wireguard", nodeCount: 3 }));
      assertKnownValues(this, "cilium", values({ hubble: false }));
    });
  });
});
