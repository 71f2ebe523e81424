import assert from "node:assert/strict";
import { parse } from "yaml";
import { ControlPlane } from "../../../../components/control-plane/controlPlane.js";
import { kubeadmConfigPath } from "../../../../components/control-plane/kubeadmConfig.js";
import type { WrittenFile } from "../../../../cli/lab/cluster/kubeadm.js";
import { kindCluster } from "../../../../cli/lab/kind/configuration.js";
import { capture, valueOf } from "../../../kit/capture.js";
import { runKubeadm, tool } from "../../../components/control-plane/kubeadm.js";

/** The node files of a cluster of so many nodes. */
async function nodeFiles(count = 1): Promise<WrittenFile[]> {
  let plane!: ControlPlane;
  await capture(() => {
    plane = new ControlPlane("control-plane", {
      clusterName: "kind",
      kubernetesVersion: "v1.36.4",
      controlPlaneEndpoint: "kind.example.com:6443",
      certSANs: ["kind.example.com"],
      nodes: Array.from({ length: count }, (_, index) => ({
        name: `n${index}`,
        address: `192.0.2.${index + 1}`,
      })),
      podSubnet: "10.244.0.0/16",
      serviceSubnet: "10.96.0.0/12",
      dnsDomain: "cluster.local",
      audit: { maxAgeDays: 30, maxBackups: 10, maxSizeMB: 100 },
      encryption: {
        keys: [{ name: "key1", provider: "secretbox", secret: Buffer.alloc(32, 7).toString("base64") }],
      },
    });
  });
  return await valueOf(plane.files);
}

const image = "kindest/node:v1.36.4";

describe("the configuration of the kind cluster", () => {
  let files: WrittenFile[];
  before(async () => {
    files = await nodeFiles();
  });
  const cluster = (more: WrittenFile[] = []) =>
    kindCluster({ image, files: [...files, ...more], folder: "/srv/node" });
  const patch = (kind: string) =>
    cluster()
      .kubeadmConfigPatches.map((text) => parse(text))
      .find((document) => document.kind === kind);

  it("has the program's subnets, no network plugin but the program's, and kube-proxy", () => {
    const { networking, kind, apiVersion, nodes } = cluster();
    assert.deepEqual([kind, apiVersion], ["Cluster", "kind.x-k8s.io/v1alpha4"]);
    assert.deepEqual(networking, {
      podSubnet: "10.244.0.0/16",
      serviceSubnet: "10.96.0.0/12",
      disableDefaultCNI: true,
    });
    assert.deepEqual(
      nodes.map(({ role, image }) => [role, image]),
      [["control-plane", image]],
    );
  });

  it("gives kind the program's flags as they are, and leaves it what it has to know itself", () => {
    const documents = files
      .find(({ path }) => path === kubeadmConfigPath)!
      .content.split("---\n")
      .map((text) => parse(text));
    const ours = (kind: string) => documents.find((document) => document.kind === kind);
    const { apiServer, controllerManager, scheduler } = ours("ClusterConfiguration");
    assert(apiServer.extraArgs.length > 10 && apiServer.extraVolumes.length === 4);
    assert.deepEqual(patch("ClusterConfiguration"), {
      apiVersion: "kubeadm.k8s.io/v1beta4",
      kind: "ClusterConfiguration",
      networking: { dnsDomain: "cluster.local" },
      apiServer,
      controllerManager,
      scheduler,
    });
    assert.deepEqual(patch("KubeletConfiguration"), ours("KubeletConfiguration"));
    assert.deepEqual(patch("KubeProxyConfiguration"), ours("KubeProxyConfiguration"));
    assert.equal(cluster().kubeadmConfigPatches.length, 3);
  });

  it("has patches that kubeadm accepts", function () {
    const kubeadm = tool(this, "kubeadm");
    const text = cluster().kubeadmConfigPatches.join("---\n");
    runKubeadm(kubeadm, text, ["config", "validate"]);
    assert.throws(() => runKubeadm(kubeadm, text.replace("certSANs", "certNames"), ["config", "validate"]));
  });

  it("mounts every file that a flag names, below the folder it is in", () => {
    const mounts = cluster().nodes[0]!.extraMounts;
    assert.deepEqual(
      mounts.map(({ hostPath, containerPath }) => hostPath === `/srv/node${containerPath}`),
      mounts.map(() => true),
    );
    assert(mounts.every(({ readOnly }) => readOnly));
    const named = (patch("ClusterConfiguration").apiServer.extraArgs as { name: string; value: string }[])
      .map(({ value }) => value)
      .filter((value) => value.startsWith("/etc/kubernetes/"));
    assert.equal(named.length, 3);
    for (const path of named) {
      assert(
        mounts.some(({ containerPath }) => path.startsWith(`${containerPath}/`)),
        path,
      );
    }
  });

  it("mounts a folder that is not the program's alone file by file", () => {
    const unit = { path: "/etc/systemd/system/backup.timer", mode: "0644", content: "" };
    const paths = cluster([unit]).nodes[0]!.extraMounts.map(({ containerPath }) => containerPath);
    assert(paths.includes(unit.path));
    assert(!paths.includes("/etc/systemd/system"));
    assert(!paths.some((path) => path.includes("kubeadm")));
  });

  it("is that of one node", async () => {
    const two = await nodeFiles(2);
    assert.throws(() => kindCluster({ image, files: two, folder: "/srv" }), {
      message: "kind gets a cluster of one node, and there are 2 of them",
    });
  });
});
