import { spawn, type ChildProcess } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { run, type Printed } from "../../kit/run.js";
import { temporaryFolder, type TemporaryFolder } from "../../kit/temporaryFolder.js";
import { until } from "../../kit/until.js";
import { UserError } from "../../kit/userError.js";
import { cgroupsOf, removeCgroup, type Cgroups } from "./cgroups.js";
import { Forwarder } from "./forwarder.js";
import { writeLayout, type Image } from "./image.js";

export interface RealNodeOptions {
  /** Host name, as `kubectl get nodes` shows it. */
  name: string;
  /** Its only address, with the length of its network's prefix, such as 192.0.2.10/24. */
  address: string;
  /** Folder for what it writes; removed when it stops. It must not exist, nor lie on an overlay. */
  folder: string;
  /** The root from which it starts; see debianRoot. */
  root: string;
  /** Files of this machine that are copied to /usr/bin, by their names there. */
  programs: Record<string, string>;
  /** A node whose network it joins. Default: it has one of its own. */
  neighbour?: RealNode;
}

const script = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

const holders = new Set<ChildProcess>();

/** Ends every node of this process, also one that is still being started. */
export async function endNodes(): Promise<void> {
  await Promise.all([...holders].map(end));
}

async function end(holder: ChildProcess): Promise<void> {
  const ended = new Promise((resolve) => holder.once("close", resolve));
  holder.stdin!.end();
  if (holders.has(holder)) await ended;
}

/**
 * A node made of namespaces of this machine: systemd and containerd, with nothing of a cluster yet. It ends with this
 * process, whatever ends that. A reboot that it makes itself keeps its files.
 */
export class RealNode {
  private readonly forwarders: Forwarder[] = [];
  /** Its first process, another one after a reboot. */
  private pid = "";
  private lan = "";
  /** What its holder said on standard error. */
  private said = "";

  private constructor(
    private readonly options: RealNodeOptions,
    private readonly holder: ChildProcess,
    private readonly cgroups: Cgroups,
  ) {}

  /** @throws UserError with the reason if it does not come up; nothing of it is left then. */
  static async start(options: RealNodeOptions): Promise<RealNode> {
    const { name, address, folder, root, programs, neighbour } = options;
    const upper = join(folder, "upper/usr/bin");
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    mkdirSync(upper, { recursive: true });
    for (const [program, file] of Object.entries(programs)) copyFileSync(file, join(upper, program));

    const cgroups = cgroupsOf(
      readFileSync("/proc/self/cgroup", "utf8"),
      readFileSync("/proc/self/mountinfo", "utf8"),
      `cluster-security-${name}-${process.pid}`,
    );
    const [program, ...args] = [...cgroups.prefix, "sh", script("hold.sh"), folder, root, name, address];
    const holder = spawn(program, [...args, neighbour?.lan ?? "new", ...cgroups.groups], {
      stdio: ["pipe", "pipe", "pipe"],
      // In a session of its own: a Ctrl-C meant for this process must not reach it.
      detached: true,
    });
    holders.add(holder);
    holder.once("close", () => holders.delete(holder));
    // One that has ended reads no more.
    holder.stdin.on("error", () => {});
    const node = new RealNode(options, holder, cgroups);
    await node.firstStart();
    try {
      await node.untilUp();
    } catch (error) {
      await node.stop();
      throw error;
    }
    return node;
  }

  private async untilUp(): Promise<void> {
    const isUp = () =>
      this.run(["systemctl", "is-active", "--quiet", "containerd"]).then(
        () => true,
        () => false,
      );
    await until(isUp, () => `containerd does not start:\n${this.console()}`);
  }

  /** What systemd printed; once the node has ended, how it did. */
  console(): string {
    const log = join(this.options.folder, "console.log");
    return existsSync(log) ? readFileSync(log, "utf8") : this.said.trim();
  }

  /** Its file system, on this machine. */
  get root(): string {
    return `/proc/${this.pid}/root`;
  }

  /**
   * Leads a port of this machine's loopback interface to one of the node's, for as long as this process and the node live.
   *
   * @param address Where the node finds the port. Default: its loopback interface.
   * @returns its number.
   */
  async forward(port: number, address = "127.0.0.1"): Promise<number> {
    const forwarder = await Forwarder.start(this.pid, address, port);
    this.forwarders.push(forwarder);
    return forwarder.own;
  }

  /** The command line that runs a command of this machine where the node's network ends: what is there, the node can reach. */
  onItsNetwork(command: readonly string[]): string[] {
    return ["nsenter", "--target", this.lan, "--net", ...command];
  }

  /** The command line that runs a command in the node. */
  command(command: readonly string[]): string[] {
    return ["sh", script("enter.sh"), this.pid, ...this.cgroups.groups, "--", ...command];
  }

  /**
   * Runs a command in the node.
   *
   * @throws CommandFailed
   */
  run(command: readonly string[], input?: string | Buffer): Promise<Printed> {
    return run(this.command(command), { input });
  }

  /** Imports images into containerd, under their names. */
  import(images: readonly Image[]): Promise<void> {
    return importInto([this], images);
  }

  /** A folder for what is not for the node; it goes with the node's own. */
  scratch(): TemporaryFolder {
    return temporaryFolder(this.options.folder);
  }

  /** The line that opens a shell in it. */
  shell(): string {
    const variables =
      "HOME=/root PATH=/usr/local/sbin:/usr/sbin:/usr/bin KUBECONFIG=/etc/kubernetes/admin.conf";
    return `nsenter --target ${this.pid} --mount --pid --uts --ipc --net --cgroup env --ignore-environment ${variables} TERM=$TERM bash -l`;
  }

  /**
   * Waits until the node has ended, which it does not do by itself.
   *
   * @throws UserError then.
   */
  async ended(): Promise<never> {
    if (holders.has(this.holder)) await new Promise((resolve) => this.holder.once("close", resolve));
    await this.removeRest();
    throw new UserError(`the node ${this.options.name} has ended\n${this.said}`.trim());
  }

  /** Ends every process of it at once, as when its power fails, and starts it again. */
  async cutPower(): Promise<void> {
    const before = this.pid;
    this.holder.stdin!.write("\n");
    await until(
      () => this.pid !== before,
      () => `it does not start again:\n${this.console()}`,
    );
    await this.untilUp();
  }

  /** Ends every process of it and removes its files and cgroups. */
  async stop(): Promise<void> {
    for (const forwarder of this.forwarders) forwarder.stop();
    await end(this.holder);
    await this.removeRest();
  }

  /** What its holder has left, if that was killed. */
  private async removeRest(): Promise<void> {
    rmSync(this.options.folder, { recursive: true, force: true });
    await until(
      () => this.cgroups.all.map(removeCgroup).every(Boolean),
      `the node has ended, and its cgroups cannot be removed: ${this.cgroups.all.join(", ")}`,
    );
  }

  /** Waits for its processes, and follows it through reboots from then on. */
  private firstStart(): Promise<void> {
    this.holder.stderr!.setEncoding("utf8").on("data", (text: string) => (this.said += text));
    return new Promise((resolve, reject) => {
      createInterface({ input: this.holder.stdout! }).on("line", (line) => {
        const [, pid, lan] = /^ready (\d+) (\d+)$/.exec(line) ?? [];
        if (!pid || !lan) return;
        [this.pid, this.lan] = [pid, lan];
        for (const forwarder of this.forwarders) forwarder.leadTo(pid);
        resolve();
      });
      this.holder.once("error", reject);
      this.holder.once("close", () =>
        reject(new UserError(`the node could not be started:\n${this.said.trim()}`)),
      );
    });
  }
}

/** Imports images into containerd of every one of the nodes, under their names. */
export async function importInto(nodes: readonly RealNode[], images: readonly Image[]): Promise<void> {
  // Several releases may be installed at once.
  const scratch = nodes[0]!.scratch();
  const layout = join(scratch.path, "images");
  try {
    await writeLayout(layout, images);
    const pipe = 'set -o pipefail; folder=$1; shift; tar --directory "$folder" --create . | "$@"';
    for (const node of nodes) {
      const ctr = node.command(["ctr", "--namespace", "k8s.io", "images", "import", "-"]);
      await run(["bash", "-c", pipe, "bash", layout, ...ctr]);
    }
  } finally {
    scratch.remove();
  }
}
