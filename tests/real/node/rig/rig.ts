import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { applyScriptFile, nodeBundle } from "../../../../components/control-plane/node/bundle.js";
import { findOnPath } from "../../../../cli/kit/toolchain/tool.js";
import { until } from "../../../../cli/kit/until.js";
import type { Killable } from "./calls.js";
import { type NodeSpec, type Result, RigNode } from "./rigNode.js";
import { type Wish, key, filesOf } from "./wish.js";
import { requireMachine } from "./machine.js";

interface RigOptions {
  nodes?: NodeSpec[];
  /** Static pods besides etcd and the API server. Default: none. */
  watchers?: boolean;
}

/** A cluster that was made by kubeadm without this program: no audit log, no encryption. */
export class Rig {
  readonly nodes: RigNode[] = [];
  private constructor(
    readonly folder: string,
    readonly specs: NodeSpec[],
  ) {}

  static async of({
    nodes: specs = [{ name: "a", address: "10.0.0.1" }],
    watchers = false,
  }: RigOptions = {}): Promise<Rig> {
    const rig = await Rig.empty(specs);
    try {
      await rig.initialise(watchers);
      for (const spec of specs.slice(1)) await rig.join(spec);
    } catch (error) {
      await rig.stop();
      throw error;
    }
    return rig;
  }

  /** Nodes without a cluster. */
  static async empty(specs: NodeSpec[] = [{ name: "a", address: "10.0.0.1" }]): Promise<Rig> {
    requireMachine();
    const rig = new Rig(mkdtempSync(join(tmpdir(), "cluster-security-node-")), specs);
    try {
      for (const spec of specs) {
        rig.nodes.push(
          await RigNode.of(
            spec,
            rig.folder,
            specs.map(({ address }) => address),
            rig.nodes[0],
          ),
        );
      }
    } catch (error) {
      await rig.stop();
      throw error;
    }
    return rig;
  }

  get node(): RigNode {
    return this.nodes[0]!;
  }

  private configuration(spec: NodeSpec): string {
    return `apiVersion: kubeadm.k8s.io/v1beta4
kind: InitConfiguration
localAPIEndpoint: {advertiseAddress: ${spec.address}, bindPort: 6443}
nodeRegistration: {name: ${spec.name}, criSocket: unix:///run/containerd/containerd.sock}
---
apiVersion: kubeadm.k8s.io/v1beta4
kind: ClusterConfiguration
kubernetesVersion: v1.36.2
${this.specs.length > 1 ? `controlPlaneEndpoint: ${this.specs[0]!.address}:6443\n` : ""}networking: {dnsDomain: cluster.local, podSubnet: 10.244.0.0/16, serviceSubnet: 10.96.0.0/12}
apiServer:
  extraArgs:
  - {name: event-ttl, value: 2h0m0s}
`;
  }

  private async initialise(watchers: boolean): Promise<void> {
    const { node } = this;
    node.write("var/lib/kubelet/kubeadm.yaml", this.configuration(this.specs[0]!));
    const phases = ["certs all", "kubeconfig all", "etcd local", "control-plane apiserver"];
    if (watchers) phases.push("control-plane controller-manager", "control-plane scheduler");
    await node.sh(
      phases
        .map((phase) => `kubeadm init phase ${phase} --config /var/lib/kubelet/kubeadm.yaml >/dev/null`)
        .join(" && "),
    );
    await this.ready(node);
    await node.sh("kubeadm init phase upload-config all --config /var/lib/kubelet/kubeadm.yaml >/dev/null");
    const config = await node.kubectl(
      "-n",
      "kube-system",
      "get",
      "cm",
      "kubelet-config",
      "-o",
      "jsonpath={.data.kubelet}",
    );
    node.write("var/lib/kubelet/config.yaml", config);
    await node.sh("systemctl restart kubelet");
    await this.register(this.specs[0]!);
  }

  /** A further API server on the same etcd, as kubeadm would have it after a join. */
  private async join(spec: NodeSpec): Promise<void> {
    const node = this.nodes.find(({ name }) => name === spec.name)!;
    await node.sh("mkdir -p /etc/kubernetes/pki/etcd");
    const pki = join(this.node.root, "etc/kubernetes/pki");
    const copied = [
      "ca.crt",
      "ca.key",
      "sa.key",
      "sa.pub",
      "front-proxy-ca.crt",
      "front-proxy-ca.key",
      "etcd/ca.crt",
      "etcd/ca.key",
    ];
    for (const file of copied)
      node.write(`etc/kubernetes/pki/${file}`, readFileSync(join(pki, file), "utf8"));
    node.write("var/lib/kubelet/kubeadm.yaml", this.configuration(spec));
    await node.sh(
      ["certs all", "kubeconfig all", "control-plane apiserver"]
        .map((phase) => `kubeadm init phase ${phase} --config /var/lib/kubelet/kubeadm.yaml >/dev/null`)
        .join(" && "),
    );
    node.write("var/lib/kubelet/config.yaml", this.node.file("var/lib/kubelet/config.yaml"));
    await this.ready(node);
    await this.register(spec);
  }

  private async register({ name }: NodeSpec): Promise<void> {
    const label = "node-role.kubernetes.io/control-plane";
    const { address } = this.specs.find((spec) => spec.name === name)!;
    await this.node.must(
      ["kubectl", "--kubeconfig=/etc/kubernetes/super-admin.conf", "create", "-f", "-"],
      JSON.stringify({ apiVersion: "v1", kind: "Node", metadata: { name, labels: { [label]: "" } } }),
    );
    const status = { status: { addresses: [{ type: "InternalIP", address }] } };
    await this.node.kubectl(
      "patch",
      "node",
      name,
      "--subresource=status",
      "--type=merge",
      "-p",
      JSON.stringify(status),
    );
  }

  /** Waits for a node's API server. */
  async ready(node = this.node): Promise<void> {
    const { address } = this.specs.find(({ name }) => name === node.name)!;
    const get = ["kubectl", "--kubeconfig=/etc/kubernetes/super-admin.conf", "get", "--raw", "/readyz"];
    const isReady = async () => (await node.run([...get, `--server=https://${address}:6443`])).status === 0;
    const late = async () =>
      `the API server of ${node.name} is not ready:\n${await node.sh("tail -n 20 /var/log/pods/*/kube-apiserver/0.log")}`;
    await until(isReady, late, { seconds: 120, pause: 200 });
  }

  /** The program's files for the wish, as a bundle for a node. */
  async bundle(wish: Wish = {}, node = this.node): Promise<Buffer> {
    const keys = wish.keys ?? [key("key1")];
    const files = (wish.change ?? ((all) => all))([
      ...(await filesOf(this.specs, { ...wish, keys })),
      applyScriptFile(),
    ]);
    return nodeBundle(files, node.name, {
      cluster: "rig",
      nodes: wish.nodes ?? this.specs,
      encryptionKeys: keys.filter(({ retired }) => !retired),
      identityFallback: wish.identityFallback ?? false,
      auditSecretsLevel: wish.expectedLevel ?? wish.secretsLevel ?? "Metadata",
    });
  }

  /** Runs the script with a bundle, from the bundle's own copy as the first delivery does. */
  async apply(
    wish: Wish = {},
    options: { node?: RigNode; args?: string[]; env?: Record<string, string> } = {},
  ): Promise<Result> {
    const node = options.node ?? this.node;
    const script = fileURLToPath(
      new URL("../../../../components/control-plane/node/apply.sh", import.meta.url),
    );
    // A process group of its own: what a wrapper kills is the script and its children (kill -KILL 0).
    const command = ["setsid", "sh", script, "--node", node.name, "--wait", "60", ...(options.args ?? [])];
    return node.run(command, {
      input: await this.bundle(wish, node),
      env: options.env,
    });
  }

  /** The same, and it has to succeed; gives its last line. */
  async applied(wish: Wish = {}, options: Parameters<Rig["apply"]>[1] = {}): Promise<string> {
    const { status, signal, stdout, stderr } = await this.apply(wish, options);
    assert.equal(status, 0, `${signal ?? status}\n${stdout}${stderr}`);
    return stdout.trimEnd().split("\n").at(-1)!;
  }

  /** The first node, for kills. */
  killable(): Killable<Wish> {
    const { node } = this;
    const path = `${join(node.root, "usr/local/sbin")}:/usr/sbin:/usr/bin:/sbin:/bin`;
    return {
      root: node.root,
      find: (program) => findOnPath(program, path),
      wrap: (program, script) => node.wrap(program, script),
      apply: (wish, env) => this.apply(wish, { env }),
      applied: (wish) => this.applied(wish),
    };
  }

  async stop(): Promise<void> {
    for (const node of [...this.nodes].reverse()) await node.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
