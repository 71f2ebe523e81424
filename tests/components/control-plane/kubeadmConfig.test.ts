import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { parseAllDocuments } from "yaml";
import { KubeadmConfig, kubeadmFiles } from "../../../components/control-plane/kubeadmConfig.js";
import { kubeadmDocuments } from "../../../components/control-plane/kubeadmDocuments.js";
import { capture, isSecret, valueOf } from "../../kit/capture.js";
import { oneNode, threeNodes } from "./cluster.js";
import { flagsOf, runKubeadm, tool } from "./kubeadm.js";

describe("kubeadmDocuments", () => {
  const [init, cluster, kubelet, kubeProxy] = kubeadmDocuments(oneNode, oneNode.nodes[0]!);
  const args = Object.fromEntries(cluster.apiServer.extraArgs.map(({ name, value }) => [name, value]));

  it("says what is particular to the node, and lets the only node run workloads", () => {
    assert.deepEqual(init, {
      apiVersion: "kubeadm.k8s.io/v1beta4",
      kind: "InitConfiguration",
      localAPIEndpoint: { advertiseAddress: "192.168.1.133", bindPort: 6443 },
      nodeRegistration: { name: "musashi", taints: [] },
    });
  });

  it("leaves kubeadm's taint on the nodes of a larger cluster", () => {
    const [init, cluster] = kubeadmDocuments(threeNodes, threeNodes.nodes[1]!);
    assert.deepEqual(init.nodeRegistration, { name: "b" });
    assert.equal(init.localAPIEndpoint.advertiseAddress, "10.0.0.2");
    assert.equal(cluster.controlPlaneEndpoint, "api.example.com:6443");
  });

  it("pins the version and the networks, and names no endpoint that was not given", () => {
    assert.equal(cluster.kubernetesVersion, "v1.36.2");
    assert.equal(cluster.clusterName, "musashi");
    assert.deepEqual(cluster.networking, {
      dnsDomain: "cluster.local",
      podSubnet: "10.244.0.0/16",
      serviceSubnet: "10.96.0.0/12",
    });
    assert.ok(!("controlPlaneEndpoint" in cluster));
  });

  it("adds further names to the API server's certificate only where there are some", () => {
    assert.ok(!("certSANs" in cluster.apiServer));
    const named = kubeadmDocuments({ ...oneNode, certSANs: ["127.0.0.1"] }, oneNode.nodes[0]!)[1];
    assert.deepEqual(named.apiServer.certSANs, ["127.0.0.1"]);
  });

  it("wires audit, encryption and authentication through flags", () => {
    const wanted = {
      "audit-policy-file": "/etc/kubernetes/audit/policy-0a1b2c3d.yaml",
      "audit-log-path": "/var/log/kubernetes/audit/audit.log",
      "audit-log-maxage": "30",
      "audit-log-maxbackup": "10",
      "audit-log-maxsize": "100",
      "encryption-provider-config": "/etc/kubernetes/enc/enc.yaml",
      "encryption-provider-config-automatic-reload": "true",
      "authentication-config": "/etc/kubernetes/authentication/authentication-0a1b2c3d.yaml",
      profiling: "false",
      "tls-min-version": "VersionTLS13",
    };
    for (const [flag, value] of Object.entries(wanted)) assert.equal(args[flag], value, flag);
  });

  it("mounts the folders of these files, the log alone for writing", () => {
    assert.deepEqual(
      cluster.apiServer.extraVolumes.map(({ name, hostPath, mountPath, readOnly, pathType }) =>
        [name, hostPath, mountPath === hostPath, readOnly, pathType].join(" "),
      ),
      [
        "audit-log /var/log/kubernetes/audit true false DirectoryOrCreate",
        "audit-policy /etc/kubernetes/audit true true Directory",
        "authentication /etc/kubernetes/authentication true true Directory",
        "encryption /etc/kubernetes/enc true true Directory",
      ],
    );
  });

  it("gives every flag once and in order", () => {
    for (const { extraArgs } of [cluster.apiServer, cluster.controllerManager, cluster.scheduler]) {
      const names = extraArgs.map(({ name }) => name);
      assert.deepEqual(names, [...new Set(names)].sort());
      assert.ok(names.includes("profiling"));
    }
  });

  it("sets the kubelet's and kube-proxy's fields of the hardening, and nothing else", () => {
    assert.deepEqual(kubelet, {
      apiVersion: "kubelet.config.k8s.io/v1beta1",
      kind: "KubeletConfiguration",
      streamingConnectionIdleTimeout: "5m0s",
      makeIPTablesUtilChains: true,
      eventRecordQPS: 50,
      podPidsLimit: 4096,
      seccompDefault: true,
      tlsMinVersion: "VersionTLS13",
    });
    assert.deepEqual(kubeProxy, {
      apiVersion: "kubeproxy.config.k8s.io/v1alpha1",
      kind: "KubeProxyConfiguration",
      metricsBindAddress: "127.0.0.1:10249",
    });
  });
});

describe("kubeadmFiles", () => {
  it("is one file per node at kubeadm's path, four documents each", () => {
    const files = kubeadmFiles(threeNodes);
    assert.deepEqual(
      files.map(({ path, mode, node }) => `${node} ${path} ${mode}`),
      ["a", "b", "c"].map((node) => `${node} /etc/kubernetes/kubeadm/config.yaml 0600`),
    );
    for (const [index, { content }] of files.entries()) {
      assert.deepEqual(
        parseAllDocuments(content).map((document) => document.toJS()),
        kubeadmDocuments(threeNodes, threeNodes.nodes[index]!),
      );
    }
  });

  it("gives the same text for the same cluster", () => {
    assert.deepEqual(kubeadmFiles(structuredClone(oneNode)), kubeadmFiles(oneNode));
  });

  it("refuses a cluster without a node, and several nodes without an endpoint", () => {
    assert.throws(() => kubeadmFiles({ ...oneNode, nodes: [] }), {
      message: "a cluster needs a control-plane node",
    });
    assert.throws(() => kubeadmFiles({ ...threeNodes, controlPlaneEndpoint: undefined }), {
      message:
        "3 control-plane nodes need a controlPlaneEndpoint they share; kubeadm joins no second one without it",
    });
  });

  const clusters = {
    "one node": oneNode,
    "one node with an endpoint": { ...oneNode, controlPlaneEndpoint: "192.168.1.133:6443" },
    "three nodes, one of them IPv6": threeNodes,
    "the older supported minor": { ...oneNode, kubernetesVersion: "v1.35.2" },
    "other networks": {
      ...oneNode,
      podSubnet: "172.20.0.0/16",
      serviceSubnet: "172.21.0.0/20",
      dnsDomain: "k.lan",
    },
  };
  for (const [what, cluster] of Object.entries(clusters)) {
    it(`is accepted by kubeadm for ${what}`, function () {
      const kubeadm = tool(this, "kubeadm");
      for (const { content } of kubeadmFiles(cluster)) runKubeadm(kubeadm, content, ["config", "validate"]);
    });
  }

  it("is refused by kubeadm when a field is misspelt, so that being accepted means something", function () {
    const kubeadm = tool(this, "kubeadm");
    const content = kubeadmFiles(oneNode)[0]!.content.replace("podSubnet", "podSubnets");
    assert.throws(() => runKubeadm(kubeadm, content, ["config", "validate"]), /podSubnets/);
  });

  it("gives the API server's manifest the node's address, the networks and the mounts", function () {
    const kubeadm = tool(this, "kubeadm");
    const manifests = runKubeadm(kubeadm, kubeadmFiles(oneNode)[0]!.content, [
      "init",
      "phase",
      "control-plane",
      "all",
      "--dry-run",
    ]);
    const apiserver = flagsOf(manifests["kube-apiserver"]!);
    assert.equal(apiserver["advertise-address"], "192.168.1.133");
    assert.equal(apiserver["service-cluster-ip-range"], "10.96.0.0/12");
    assert.equal(flagsOf(manifests["kube-controller-manager"]!)["cluster-cidr"], "10.244.0.0/16");
    const mounted = parseAllDocuments(manifests["kube-apiserver"]!)[0]!.toJS().spec.containers[0]
      .volumeMounts as { mountPath: string; readOnly?: boolean }[];
    for (const flag of [
      "audit-policy-file",
      "audit-log-path",
      "encryption-provider-config",
      "authentication-config",
    ]) {
      const mount = mounted.find(({ mountPath }) => apiserver[flag]!.startsWith(`${mountPath}/`));
      assert.equal(mount?.readOnly ?? false, flag !== "audit-log-path", flag);
    }
  });
});

describe("KubeadmConfig", () => {
  it("registers the files of every node, plain, and nothing else", async () => {
    let config!: KubeadmConfig;
    const run = await capture(
      () =>
        (config = new KubeadmConfig("kubeadm", {
          ...oneNode,
          audit: { ...oneNode.audit, policyPath: pulumi.output(oneNode.audit.policyPath) },
        })),
    );
    const type = "cluster-security:control-plane:KubeadmConfig";
    assert.deepEqual(run.shape(), [`${type} kubeadm`]);
    const files = await valueOf(config.files);
    assert.deepEqual(files, kubeadmFiles(oneNode));
    assert.equal(await isSecret(config.files), false);
    assert.deepEqual(run.one(type).outputs, { files });
  });
});
