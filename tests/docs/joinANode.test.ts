import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import type { Server } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";
import { ControlPlane } from "../../components/control-plane/controlPlane.js";
import { kubeadmConfigPath } from "../../components/control-plane/kubeadmConfig.js";
import { LabControlPlane, stopLab } from "../../cli/lab/cluster/labControlPlane.js";
import { writeNodeFiles, type WrittenFile } from "../../cli/lab/cluster/kubeadm.js";
import { userNamespaceProblem } from "../../cli/lab/sealedSecrets/userNamespaces.js";
import { findOnPath, tool } from "../../cli/kit/toolchain/tool.js";
import type { ToolName } from "../../cli/kit/toolchain/tools.js";
import { capture, valueOf } from "../kit/capture.js";
import { documented, textOf } from "./claims.js";
import { kubeletRequest } from "./kubeletRequest.js";
import { Sandbox } from "./sandbox.js";
import { skip } from "../kit/skip.js";

const { relay } = createRequire(import.meta.url)("./relay.cjs") as {
  relay(from: { path: string }, to: { host: string; port: number }): Promise<Server>;
};
const nodeScript = fileURLToPath(new URL("node.sh", import.meta.url));
const guide = "docs/guides/join-a-node.md";
/** The first node's address in the document. */
const address = "192.168.1.133";
const toolNames = [
  "kubeadm",
  "kubectl",
  "etcd",
  "kube-apiserver",
  "kube-controller-manager",
  "kube-scheduler",
] as const satisfies readonly ToolName[];
/** There is no kubelet here, and no container runtime: preflight would end a join, and the join wait for them. */
const dryRun = "--dry-run --ignore-preflight-errors=all";

describe(guide, () => {
  const lab = `docs-join-${process.pid}`;
  let sandbox: Sandbox;
  let plane: LabControlPlane;
  let server: Server;
  let files: WrittenFile[];
  /** Key of the published certificates. */
  let key: string;

  /** Runs commands as root of a node with its own /etc/kubernetes, which reaches the first one's API server. */
  const onNode = (root: string, commands: string, env: Record<string, string> = {}) =>
    sandbox.run(commands, {
      cwd: root,
      env,
      within: [
        ...["unshare", "--map-root-user", "--mount", "--net", "--pid", "--fork", "--kill-child"],
        ...["sh", nodeScript, join(root, "etc/kubernetes"), join(sandbox.root, "etc"), address],
        join(sandbox.root, "api.sock"),
      ],
    });
  const onFirst = (commands: string) => onNode(plane.paths.node, commands);
  /** A new node that discovery.conf was copied to. */
  function newNode(name: string): string {
    const root = join(sandbox.root, name);
    mkdirSync(join(root, "etc/kubernetes"), { recursive: true });
    copyFileSync(join(plane.paths.node, "discovery.conf"), join(root, "discovery.conf"));
    return root;
  }
  /** Path, on the node, of what a dry run has written instead of files in their places. */
  function written(root: string, file: string): string {
    const [folder] = readdirSync(join(root, "etc/kubernetes/tmp"));
    return `/etc/kubernetes/tmp/${folder}/${file}`;
  }
  const paths = new Map<string, string>();

  before(async function () {
    const problem =
      userNamespaceProblem() ?? (findOnPath("ip") ? undefined : "ip was not found; it is part of iproute2");
    if (problem !== undefined) skip(this, problem);
    sandbox = await Sandbox.of(this, [...toolNames]);
    for (const name of toolNames) paths.set(name, await tool(name));
    const kubeadm = join(sandbox.bin, "kubeadm");
    rmSync(kubeadm);
    writeFileSync(
      kubeadm,
      `#!/bin/sh\n[ "$1" != join ] || set -- "$@" ${dryRun}\nexec '${paths.get("kubeadm")}' "$@"\n`,
      { mode: 0o755 },
    );
    plane = await LabControlPlane.of({
      name: lab,
      binaries: (name) => paths.get(name)!,
      nodeAddress: address,
      configurationPath: kubeadmConfigPath,
      keep: false,
    });
    files = await nodeFiles();
    await plane.apply(files.filter(({ node }: WrittenFile & { node?: string }) => node !== "b"));
    server = await relay(
      { path: join(sandbox.root, "api.sock") },
      { host: "127.0.0.1", port: plane.ports.apiServer },
    );
    // The phases of `kubeadm init` that the lab has no use for.
    for (const phase of ["kubeconfig admin", "upload-config all", "bootstrap-token"]) {
      await onFirst(`kubeadm init phase ${phase} --config ${kubeadmConfigPath}`);
    }
  });
  after(async () => {
    server?.close();
    await stopLab(lab, { removeFiles: true });
    sandbox?.remove();
  });

  documented(
    guide,
    "On a control-plane node, as root",
    "2a793159",
    "a file for its owner only",
    async ({ text }) => {
      await onFirst(text);
      const file = join(plane.paths.node, "discovery.conf");
      assert.equal(statSync(file).mode & 0o777, 0o600);
      const { clusters, users } = parse(readFileSync(file, "utf8"));
      assert.equal(clusters[0].cluster.server, `https://${address}:6443`);
      assert.equal(
        Buffer.from(clusters[0].cluster["certificate-authority-data"], "base64").toString(),
        readFileSync(join(plane.paths.node, "etc/kubernetes/pki/ca.crt"), "utf8"),
      );
      const { stdout } = await onFirst("kubeadm token list");
      assert.match(stdout, new RegExp(`^${users[0].user.token} +59m`, "m"));
    },
  );

  documented(
    guide,
    "A worker",
    "d6aef351",
    `with ${dryRun}, joins; the token gets a kubelet its certificate`,
    async ({ text }) => {
      const worker = newNode("worker");
      const { stdout, stderr } = await onNode(worker, text);
      // The warning that the document quotes.
      const [begin, end] = /`(Could not access.*?) … (.*?)`/.exec(textOf(guide))!.slice(1);
      assert.match(stderr, new RegExp(`${begin} .*${end}`));
      assert.match(stdout, /^This node has joined the cluster:$/m);
      assert.ok(!existsSync(join(worker, "discovery.conf")));

      // What a dry run leaves open: that the cluster trusts the kubelet which the join would have started.
      writeFileSync(join(worker, "request.json"), JSON.stringify(await kubeletRequest("worker")));
      const kubectl = `kubectl --kubeconfig ${written(worker, "bootstrap-kubelet.conf")}`;
      const issued = await onNode(
        worker,
        `${kubectl} create --filename request.json >&2
       ${kubectl} wait csr/worker --for=jsonpath='{.status.certificate}' --timeout=30s >&2
       ${kubectl} get csr/worker --output=jsonpath='{.status.certificate}'`,
      );
      const certificate = new X509Certificate(Buffer.from(issued.stdout, "base64"));
      assert.equal(certificate.subject, "O=system:nodes\nCN=system:node:worker");
    },
  );

  documented(
    guide,
    "A control-plane node",
    "1ff21d8f",
    "prints a key to the published certificates",
    async ({ text }) => {
      const { stdout } = await onFirst(text);
      key = /^[0-9a-f]{64}$/m.exec(stdout)![0];
    },
  );

  documented(
    guide,
    "A control-plane node (2)",
    "0260ce3e",
    `with ${dryRun}, joins with the cluster's keys and flags`,
    async ({ text }) => {
      const b = newNode("b");
      writeNodeFiles(
        b,
        files.filter(({ node }: WrittenFile & { node?: string }) => node !== "a"),
      );
      const { stdout } = await onNode(b, text, { key });
      assert.match(
        stdout,
        /^This node has joined the cluster and a new control plane instance was created:$/m,
      );
      assert.ok(!existsSync(join(b, "discovery.conf")));

      const inB = (file: string) => readFileSync(join(b, written(b, file)), "utf8");
      const first = (file: string) => readFileSync(join(plane.paths.node, "etc/kubernetes", file), "utf8");
      for (const file of ["ca.key", "sa.key", "etcd/ca.key"])
        assert.equal(inB(file), first(`pki/${file}`), file);
      const manifest = parse(inB("kube-apiserver.yaml"));
      const command: string[] = manifest.spec.containers[0].command;
      for (const flag of ["audit-policy-file", "authentication-config", "encryption-provider-config"]) {
        const path = command.find((argument) => argument.startsWith(`--${flag}=`))!.split("=")[1]!;
        assert.ok(existsSync(join(b, path)), `${path} is among the node files`);
      }
      assert.ok(command.includes("--advertise-address=10.0.0.2"));
    },
  );

  documented(guide, "Without workers", "de6b675e", "takes kubeadm's taint", async ({ text }) => {
    const taints = [{ key: "node-role.kubernetes.io/control-plane", effect: "NoSchedule" }];
    const node = { apiVersion: "v1", kind: "Node", metadata: { name: "a" }, spec: { taints } };
    const env = { KUBECONFIG: "/etc/kubernetes/admin.conf" };
    const onCluster = (commands: string) => onNode(plane.paths.node, commands, env);
    await onCluster(`kubectl create --filename - <<'END'\n${JSON.stringify(node)}\nEND\n${text}`);
    const { stdout } = await onCluster(
      "kubectl get nodes --output jsonpath='{.items[*].spec.taints[*].key}'",
    );
    assert.doesNotMatch(stdout, /control-plane/);
  });
});

/** What the program renders for two nodes. */
async function nodeFiles(): Promise<WrittenFile[]> {
  let component!: ControlPlane;
  await capture(() => {
    component = new ControlPlane("control-plane", {
      clusterName: "lab",
      kubernetesVersion: "v1.36.2",
      controlPlaneEndpoint: `${address}:6443`,
      certSANs: ["127.0.0.1"],
      nodes: [
        { name: "a", address },
        { name: "b", address: "10.0.0.2" },
      ],
      podSubnet: "10.244.0.0/16",
      serviceSubnet: "10.96.0.0/12",
      dnsDomain: "cluster.local",
      audit: { maxAgeDays: 30, maxBackups: 10, maxSizeMB: 100 },
      encryption: {
        keys: [{ name: "key1", provider: "secretbox", secret: Buffer.alloc(32, 7).toString("base64") }],
      },
    });
  });
  return await valueOf(component.files);
}
