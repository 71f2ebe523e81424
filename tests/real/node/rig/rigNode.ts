import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { findOnPath, tool } from "../../../../cli/kit/toolchain/tool.js";
import { until } from "../../../../cli/kit/until.js";
import type { ToolName } from "../../../../cli/kit/toolchain/tools.js";

export const own = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

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
    const isUp = () => existsSync(join(root, "var/lib/kubelet/up")) && firstProcess(holder.pid!);
    const pid = await until(isUp, `node ${spec.name} does not come up`, { seconds: 10, pause: 50 });
    return new RigNode(spec.name, root, holder, pid);
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
          // As in kubelet.cjs.
          GOGC: "400",
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

  /**
   * Makes the Lease of a run on another node, b.
   *
   * @param change Annotations and spec that no run writes.
   */
  makeLease(ends: number, change: { annotations?: object; spec?: object } = {}): Promise<string> {
    const lease = {
      apiVersion: "coordination.k8s.io/v1",
      kind: "Lease",
      metadata: {
        name: "cluster-security-apply",
        namespace: "kube-system",
        annotations: change.annotations ?? { "cluster-security/until": String(ends) },
      },
      spec: change.spec ?? { holderIdentity: "b" },
    };
    const create = ["kubectl", "--kubeconfig=/etc/kubernetes/super-admin.conf", "create", "-f", "-"];
    return this.must(create, JSON.stringify(lease));
  }

  kubectl(...args: string[]): Promise<string> {
    return this.must(["kubectl", "--kubeconfig=/etc/kubernetes/super-admin.conf", ...args]);
  }

  /** The cluster's configuration, as kubeadm keeps it. */
  kubeadmConfig(): Promise<string> {
    const path = "jsonpath={.data.ClusterConfiguration}";
    return this.kubectl("-n", "kube-system", "get", "cm", "kubeadm-config", "-o", path);
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
