import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { parse, parseAllDocuments, stringify } from "yaml";
import { nodeFilesOf } from "../../../../stacks/sections/controlPlane.js";
import { parseSettings, settingsOf, type Settings } from "../../../../stacks/settings/index.js";
import {
  clusterName,
  createCluster,
  nodeImage,
  kindNodeName,
  nodeVersion,
} from "../../../../cli/lab/kind/cluster.js";
import { kindCluster } from "../../../../cli/lab/kind/configuration.js";
import { kindSettings, kindStack } from "../../../../cli/lab/kind/settings.js";
import { writeNodeFiles, type WrittenFile } from "../../../../cli/lab/cluster/kubeadm.js";
import { projectFolder, tool } from "../../../../cli/kit/toolchain/tool.js";
import { capture, valueOf } from "../../../kit/capture.js";
import { flagsOf, runKubeadm, tool as kubernetesTool } from "../../../components/control-plane/kubeadm.js";
import { folderOfTest } from "../../../kit/folder.js";

/**
 * In place of docker: a node of which kind sees so much that it writes kubeadm's configuration into it. What it is asked
 * to run and what it is given is in the folder; kubeadm itself does not run.
 */
const docker = String.raw`#!/bin/sh
folder=$(dirname "$0")
case "$*" in
  -v) echo "Docker version 28.2.2, build 0" ;;
  "info --format {{json .}}") echo '{"CgroupDriver":"systemd","CgroupVersion":"2","MemoryLimit":true,"PidsLimit":true,"CPUShares":true}' ;;
  info*) echo overlay2 ;;
  "ps -a"*) if [ -e "$folder/arguments" ]; then echo ${kindNodeName}; fi ;;
  "inspect --type=image"*) ;;
  "network ls"*) echo 1 ;;
  "run --name"*) printf '%s\n' "$@" > "$folder/arguments" ;;
  "logs -f"*) echo "Reached target Multi-User System." ;;
  *io.x-k8s.kind.role*) echo control-plane ;;
  *IPAddress*) echo 172.18.0.2, ;;
  *"cat /kind/version") echo ${nodeVersion} ;;
  *"mkdir -p /kind") ;;
  *"cp /dev/stdin /kind/kubeadm.conf") cat > "$folder/kubeadm.conf" ;;
  *"kubeadm init --config=/kind/kubeadm.conf"*) echo "no node to run it on"; exit 1 ;;
  *) echo "not expected: $*" >&2; exit 1 ;;
esac
`;

describe("kind itself", function () {
  this.timeout(600_000); // it may have to be built

  let kind: string;
  const folder = folderOfTest();
  let files: WrittenFile[];
  let settings: Settings;
  const { PATH } = process.env;
  before(async () => {
    kind = await tool("kind");
    const lab = readFileSync(join(projectFolder, "Pulumi.lab.yaml"), "utf8");
    const config = parse(kindSettings(lab, nodeVersion, kindNodeName)).config;
    config["cluster-security:cluster"].certSANs = ["musashi.example.com"];
    settings = parseSettings(settingsOf(config), kindStack).settings;
    let node!: ReturnType<typeof nodeFilesOf>;
    await capture(() => void (node = nodeFilesOf(settings)), {
      outputs: () => ({ result: "a password" }),
    });
    files = await valueOf(node.files);
  });
  beforeEach(() => {
    writeFileSync(folder("docker"), docker, { mode: 0o755 });
    process.env["PATH"] = [folder(), PATH].join(delimiter);
  });
  afterEach(() => {
    process.env["PATH"] = PATH;
  });

  /** What kind says when it cannot make a cluster of the configuration, which here it never can. */
  async function refusal(configuration: object): Promise<string> {
    const file = folder("kind.yaml");
    writeFileSync(file, stringify(configuration));
    const { message } = await createCluster(kind, file, folder("kubeconfig")).then(
      () => assert.fail("there is no node, and still there is a cluster"),
      (error: Error) => error,
    );
    return message;
  }
  const configuration = () => kindCluster({ image: nodeImage, files, folder: folder("node") });

  it("reads every field of the configuration, down to running kubeadm", async () => {
    assert.match(
      await refusal(configuration()),
      /^kind create cluster failed:\n[^]*failed to init node with kubeadm/,
    );
    // Of a field that it does not know it would have said so.
    const misspelt = { ...configuration(), kubeadmConfigPatch: [] };
    assert.match(await refusal(misspelt), /field kubeadmConfigPatch not found in type v1alpha4\.Cluster/);
  });

  it("runs the pinned image with every file that the API server's flags name", async () => {
    await refusal(configuration());
    const given = readFileSync(folder("arguments"), "utf8").trim().split("\n");
    assert.equal(given.at(-1), nodeImage);
    const mounts = given
      .filter((argument) => argument.startsWith("--volume="))
      .map((argument) => argument.slice("--volume=".length));
    writeNodeFiles(folder("node"), files);
    for (const mount of mounts) {
      const [here, there, mode] = mount.split(":") as [string, string, string];
      assert.equal(here, folder("node", there));
      assert.equal(spawnSync("test", ["-e", here]).status, 0, here);
      assert.equal(mode, "ro");
    }
    assert.equal(mounts.length, configuration().nodes[0]!.extraMounts.length);
  });

  it("makes a kubeadm configuration of it that kubeadm accepts, with the program's flags in the manifests", async function () {
    const kubeadm = kubernetesTool(this, "kubeadm");
    await refusal(configuration());
    const patched = readFileSync(folder("kubeadm.conf"), "utf8");
    runKubeadm(kubeadm, patched, ["config", "validate"]);

    const documents = parseAllDocuments(patched).map((document) => document.toJS());
    const ofKind = (kind: string) => documents.find((document) => document.kind === kind);
    const { kubernetesVersion, networking, apiServer } = ofKind("ClusterConfiguration");
    assert.deepEqual(
      { kubernetesVersion, networking, certSANs: apiServer.certSANs },
      {
        kubernetesVersion: nodeVersion,
        networking: { podSubnet: "10.244.0.0/16", serviceSubnet: "10.96.0.0/12", dnsDomain: "cluster.local" },
        // Ours, and those of the port that kind forwards from this machine.
        certSANs: ["localhost", "127.0.0.1", "musashi.example.com"],
      },
    );
    // kind's own: without it the kubelet of a container in a container does not start.
    assert.equal(ofKind("KubeletConfiguration").cgroupRoot, "/kubelet");

    const render = ["init", "phase", "control-plane", "all", "--dry-run"];
    const flags = (text: string) => {
      const rendered = runKubeadm(kubeadm, text, render);
      const [apiserver, manager, scheduler] = [
        "kube-apiserver",
        "kube-controller-manager",
        "kube-scheduler",
      ].map((name) => flagsOf(rendered[name]!));
      return { apiserver: apiserver!, manager: manager!, scheduler: scheduler! };
    };
    const ours = files.find(({ path }) => path === "/etc/kubernetes/kubeadm/config.yaml")!.content;
    const { apiserver, manager, scheduler } = flags(ours);
    assert.equal(apiserver["encryption-provider-config-automatic-reload"], "true");
    assert.deepEqual(flags(patched), {
      apiserver: { ...apiserver, "advertise-address": "172.18.0.2", "runtime-config": "" },
      manager: { ...manager, "cluster-name": clusterName, "enable-hostpath-provisioner": "true" },
      scheduler,
    });
  });
});
