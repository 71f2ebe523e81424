import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { ControlPlane } from "../../../../components/control-plane/controlPlane.js";
import type { AuditLevel } from "../../../../components/audit/auditPolicy.js";
import type { EncryptionKeyArgs } from "../../../../components/control-plane/encryptionAtRest.js";
import {
  applyScriptFile,
  nodeBundle,
  type KnownNodeFile,
} from "../../../../components/control-plane/node/bundle.js";
import { userNamespaceProblem } from "../../../../cli/lab/sealedSecrets/userNamespaces.js";
import { findOnPath, tool } from "../../../../cli/kit/toolchain/tool.js";
import type { ToolName } from "../../../../cli/kit/toolchain/tools.js";
import { debian } from "../../../../cli/test/packages.js";
import { capture, valueOf } from "../../../kit/capture.js";

const own = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/** What a node finds in /usr/local/sbin, and where it is from. */
const programs: Record<string, ToolName> = {
  etcd: "etcd",
  etcdctl: "etcdctl",
  // As it is, but it looks for new keys every second: with a minute for each step the suite would take an hour.
  "kube-apiserver": "kube-apiserver-quick-reload",
  "kube-controller-manager": "kube-controller-manager",
  "kube-scheduler": "kube-scheduler",
  kubeadm: "kubeadm",
  kubectl: "kubectl",
};

export interface NodeSpec {
  name: string;
  address: string;
}

/** What a test may want otherwise on the nodes. */
export interface Wish {
  keys?: EncryptionKeyArgs[];
  identityFallback?: boolean;
  secretsLevel?: "Metadata" | "RequestResponse";
  kubernetesVersion?: string;
  podSubnet?: string;
  certSANs?: string[];
  /** Control-plane nodes of the settings. Default: those there are. */
  nodes?: NodeSpec[];
  maxBackups?: number;
  /** Change of the files before they are bundled. */
  change?: (files: KnownNodeFile[]) => KnownNodeFile[];
  /** Level that the script is told to expect. Default: the policy's. */
  expectedLevel?: AuditLevel;
}

export const key = (
  name: string,
  provider: "secretbox" | "aescbc" = "secretbox",
  fill = name,
): EncryptionKeyArgs => ({
  name,
  provider,
  secret: Buffer.alloc(32, fill).toString("base64"),
});

export interface Result {
  status: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

/** A node: namespaces with a file tree of their own. */
export class RigNode {
  private constructor(
    readonly name: string,
    readonly root: string,
    private readonly holder: ChildProcess,
    readonly pid: number,
  ) {}

  static async of(spec: NodeSpec, folder: string, addresses: string[], beside?: RigNode): Promise<RigNode> {
    const root = join(folder, spec.name);
    mkdirSync(join(root, "usr/local/sbin"), { recursive: true });
    for (const [name, from] of Object.entries(programs))
      symlinkSync(await tool(from), join(root, "usr/local/sbin", name));
    writeFileSync(
      join(root, "usr/local/sbin/systemctl"),
      '#!/bin/sh\n[ "$*" != "restart kubelet" ] || kill -HUP 1\necho "$*" >>/var/lib/kubelet/systemctl.log\n',
      { mode: 0o755 },
    );
    const make = [
      "--mount",
      "--pid",
      "--fork",
      "--kill-child",
      "--mount-proc",
      "sh",
      own("node.sh"),
      root,
      ...addresses,
    ];
    const command = beside
      ? ["nsenter", `--target=${beside.pid}`, "--user", "--net", "--preserve-credentials", "unshare", ...make]
      : ["unshare", "--map-root-user", "--net", ...make];
    // All of it goes with this process, however that ends.
    const holder = spawn("setpriv", ["--pdeathsig", "KILL", ...command], {
      stdio: ["ignore", "inherit", "inherit"],
      env: { PATH: `${process.env["PATH"]}:/usr/sbin:/sbin`, BIND_ADDRESS: spec.address },
    });
    for (let tries = 0; tries < 200 && holder.exitCode === null; tries++) {
      const pid = firstProcess(holder.pid!);
      if (pid !== undefined && existsSync(join(root, "var/lib/kubelet/up"))) {
        return new RigNode(spec.name, root, holder, pid);
      }
      await sleep(50);
    }
    throw new Error(`node ${spec.name} does not come up`);
  }

  /** Arguments that run what follows on the node. */
  get enter(): string[] {
    return [
      "nsenter",
      `--target=${this.pid}`,
      "--user",
      "--mount",
      "--net",
      "--pid",
      "--preserve-credentials",
    ];
  }

  /** Runs a command as root of the node. */
  run(
    command: string[],
    options: { input?: Buffer | string; env?: Record<string, string> } = {},
  ): Promise<Result> {
    const [program, ...parameters] = [...this.enter, "--wd=/", ...command];
    return new Promise((resolve, reject) => {
      const child = spawn(program!, parameters, {
        env: {
          PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
          HOME: "/var/lib/kubelet",
          ...options.env,
        },
      });
      const result = { stdout: "", stderr: "" };
      child.stdout.on("data", (text) => (result.stdout += String(text)));
      child.stderr.on("data", (text) => (result.stderr += String(text)));
      child.on("error", reject);
      child.on("close", (status, signal) => resolve({ status, signal, ...result }));
      // A script that refuses early does not read it all.
      child.stdin.on("error", () => {});
      child.stdin.end(options.input ?? "");
    });
  }

  /** The same, and it has to succeed. */
  async must(command: string[], input?: string): Promise<string> {
    const { status, signal, stdout, stderr } = await this.run(command, { input });
    assert.equal(status, 0, `${command.slice(0, 6).join(" ")} (${signal ?? status}): ${stdout}${stderr}`);
    return stdout;
  }

  sh(script: string): Promise<string> {
    return this.must(["sh", "-c", script]);
  }

  kubectl(...args: string[]): Promise<string> {
    return this.must(["kubectl", "--kubeconfig=/etc/kubernetes/super-admin.conf", ...args]);
  }

  /** A file of the node. */
  file(path: string): string {
    return readFileSync(join(this.root, path), "utf8");
  }

  write(path: string, content: string): void {
    mkdirSync(join(this.root, path, ".."), { recursive: true });
    writeFileSync(join(this.root, path), content);
  }

  /**
   * Lays a script before one of the node's programs, which it finds as `$PROGRAM`.
   *
   * @returns Takes it away again.
   */
  wrap(program: string, script: string): () => void {
    const path = join(this.root, "usr/local/sbin", program);
    const real = existsSync(path)
      ? `/var/lib/kubelet/wrapped/${program}`
      : findOnPath(program, "/usr/sbin:/usr/bin:/sbin:/bin")!;
    if (existsSync(path)) {
      mkdirSync(join(this.root, "var/lib/kubelet/wrapped"), { recursive: true });
      renameSync(path, join(this.root, real));
    }
    writeFileSync(path, `#!/bin/sh\nPROGRAM=${real}\n${script}\n`, { mode: 0o755 });
    return () => {
      rmSync(path);
      if (real.startsWith("/var/lib/kubelet/")) renameSync(join(this.root, real), path);
    };
  }

  /** How many values below the prefix are stored with which key. */
  async stored(prefix = "/registry/secrets/"): Promise<Record<string, number>> {
    const pki = "/etc/kubernetes/pki/etcd";
    const out = await this.must([
      ...["etcdctl", "--endpoints=https://127.0.0.1:2379", `--cacert=${pki}/ca.crt`],
      ...[`--cert=${pki}/server.crt`, `--key=${pki}/server.key`, "get", prefix, "--prefix", "-w", "json"],
    ]);
    const counts: Record<string, number> = {};
    for (const { value } of (JSON.parse(out) as { kvs?: { value: string }[] }).kvs ?? []) {
      const start = Buffer.from(value.slice(0, 120), "base64").toString("latin1");
      const how = /^k8s:enc:([a-z]+):v1:([^:]+):/.exec(start)?.slice(1).join(":") ?? "plain";
      counts[how] = (counts[how] ?? 0) + 1;
    }
    return counts;
  }

  stop(): Promise<void> {
    return new Promise((resolve) => {
      if (this.holder.exitCode !== null || this.holder.signalCode !== null) return resolve();
      this.holder.once("exit", () => resolve());
      process.kill(this.holder.pid!, "SIGKILL");
    });
  }
}

/** The first process in the namespaces that unshare made: its child. */
function firstProcess(holder: number): number | undefined {
  try {
    const [child] = readFileSync(`/proc/${holder}/task/${holder}/children`, "utf8").trim().split(" ");
    return child ? Number(child) : undefined;
  } catch {
    return undefined;
  }
}

export interface RigOptions {
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
    for (let tries = 0; tries < 300; tries++) {
      const { status } = await node.run([
        ...["kubectl", "--kubeconfig=/etc/kubernetes/super-admin.conf", `--server=https://${address}:6443`],
        ...["get", "--raw", "/readyz"],
      ]);
      if (status === 0) return;
      await sleep(200);
    }
    throw new Error(
      `the API server of ${node.name} is not ready:\n${await node.sh("tail -n 20 /var/log/pods/*/kube-apiserver/0.log")}`,
    );
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
    return node.run(["sh", script, "--node", node.name, "--wait", "60", ...(options.args ?? [])], {
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

  async stop(): Promise<void> {
    for (const node of [...this.nodes].reverse()) await node.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** What the program renders. */
async function filesOf(
  nodes: NodeSpec[],
  wish: Wish & { keys: EncryptionKeyArgs[] },
): Promise<KnownNodeFile[]> {
  let component!: ControlPlane;
  await capture(() => {
    component = new ControlPlane("control-plane", {
      clusterName: "rig",
      kubernetesVersion: wish.kubernetesVersion ?? "v1.36.2",
      ...(nodes.length > 1 ? { controlPlaneEndpoint: `${nodes[0]!.address}:6443` } : {}),
      certSANs: wish.certSANs,
      nodes: wish.nodes ?? nodes,
      podSubnet: wish.podSubnet ?? "10.244.0.0/16",
      serviceSubnet: "10.96.0.0/12",
      dnsDomain: "cluster.local",
      audit: {
        secretsLevel: wish.secretsLevel ?? "Metadata",
        maxAgeDays: 30,
        maxBackups: wish.maxBackups ?? 10,
        maxSizeMB: 100,
      },
      encryption: { keys: wish.keys, identityFallback: wish.identityFallback },
    });
  });
  return await valueOf(component.files);
}

/** Fails, with the way to mend it, where a node cannot be made: a suite that passes by doing nothing proves nothing. */
function requireMachine(): void {
  for (const program of ["unshare", "nsenter", "setpriv", "ip", "flock", "sshd"]) debian(program);
  const problem = userNamespaceProblem();
  if (problem) throw new Error(`the tests of a node need namespaces: ${problem}`);
}
