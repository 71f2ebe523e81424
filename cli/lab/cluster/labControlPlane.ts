import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { answers, isDaemonRunning, noted, start, stop, untilReady, type DaemonSpec } from "./daemon.js";
import {
  issueCredentials,
  labConfiguration,
  renderManifests,
  writeNodeFiles,
  type WrittenFile,
} from "./kubeadm.js";
import { placed, staticPod, type Placement } from "./manifests.js";
import { labPaths, type LabPaths } from "./paths.js";
import { freePorts, portsOf, type Ports } from "./ports.js";
import { rehearse } from "./rehearsal.js";
import { untilNoNode } from "./running.js";
import type { LabCluster } from "../labCluster.js";

/** Where the binaries of the lab are. */
export type Binaries = (name: string) => string;

export interface LabControlPlaneOptions {
  /** Name of the lab. */
  name: string;
  binaries: Binaries;
  /** Address of the node in the stack's settings. */
  nodeAddress: string;
  /** Path of the kubeadm configuration among the node files. */
  configurationPath: string;
  /** True: the processes go on after this one ends. */
  keep: boolean;
  /** False: the API server does not try its files before anything is started or stopped. Default: true. */
  rehearse?: boolean;
}

/** The order in which the components start; they stop in the opposite order. */
const components = ["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler"] as const;

/**
 * etcd, kube-apiserver, kube-controller-manager and kube-scheduler on this machine, started from the static-pod
 * manifests that kubeadm renders from the program's own node files.
 */
export class LabControlPlane implements LabCluster {
  private constructor(
    private readonly options: LabControlPlaneOptions,
    readonly paths: LabPaths,
    readonly ports: Ports,
  ) {}

  static async of(options: LabControlPlaneOptions): Promise<LabControlPlane> {
    const paths = labPaths(options.name);
    for (const folder of [paths.root, paths.node, paths.logs, paths.processes]) {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
    }
    return new LabControlPlane(options, paths, await portsOf(paths.ports));
  }

  /** True: its processes go on after this one ends. */
  get keep(): boolean {
    return this.options.keep;
  }

  get server(): string {
    return `https://127.0.0.1:${this.ports.apiServer}`;
  }

  get kubeconfig(): string {
    return this.paths.kubeconfig;
  }

  get nodeRoot(): string {
    return this.paths.node;
  }

  get etcdEndpoint(): string {
    return `https://127.0.0.1:${this.ports.etcdClient}`;
  }

  stop(): Promise<void> {
    return stopLab(this.options.name, { removeFiles: false });
  }

  /**
   * Writes the node files and starts, or restarts, exactly the components whose manifest changed, as the kubelet does.
   * An API server that refuses its files does so before anything is started or stopped, if it is to try them.
   *
   * @returns The components that were started.
   * @throws Error with the end of the log of a component that does not come up.
   */
  async apply(files: WrittenFile[]): Promise<string[]> {
    const { paths, options } = this;
    writeNodeFiles(paths.node, files);
    const configuration = readFileSync(join(paths.node, options.configurationPath), "utf8");
    const configFile = join(paths.node, "tmp/kubeadm.yaml");
    mkdirSync(join(paths.node, "tmp"), { recursive: true, mode: 0o700 });
    mkdirSync(join(paths.node, "var/log/kubernetes/audit"), { recursive: true, mode: 0o700 });
    writeFileSync(configFile, labConfiguration(configuration, paths.node), { mode: 0o600 });
    const binary = options.binaries("kubeadm");
    issueCredentials(binary, configFile, paths.node, this.server);
    const manifests = renderManifests(binary, configFile, paths.node);

    const absent = components.find((component) => manifests[component] === undefined);
    if (absent) throw new Error(`kubeadm rendered no manifest for ${absent}`);
    const changed = components.filter((component) => !this.runsAs(component, manifests[component]!));
    const { rehearse: isTried = true } = options;
    if (isTried && changed.includes("kube-apiserver"))
      await this.rehearseApiServer(manifests["kube-apiserver"]!);
    const applied = (component: string) => this.applyManifest(component, manifests[component]!);
    const servers = changed.filter((component) => ["etcd", "kube-apiserver"].includes(component));
    for (const component of servers) await applied(component);
    // The others wait for the API server, and not for each other.
    const others = changed.filter((component) => !servers.includes(component));
    // Nothing is under way any more when this fails.
    const results = await Promise.allSettled(others.map(applied));
    const failed = results.find((result) => result.status === "rejected");
    if (failed) throw failed.reason;
    return changed;
  }

  private runsAs(component: string, manifest: string): boolean {
    const file = this.manifestFile(component);
    const same = existsSync(file) && readFileSync(file, "utf8") === manifest;
    return same && isDaemonRunning(this.paths.processes, component);
  }

  private async applyManifest(component: string, manifest: string): Promise<void> {
    // A server that still drains keeps its port, and the next one would start half.
    await stop(this.paths.processes, component, 30);
    const file = this.manifestFile(component);
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    writeFileSync(file, manifest, { mode: 0o600 });
    await this.startComponent(component, manifest);
  }

  private manifestFile(component: string): string {
    return join(this.paths.node, "etc/kubernetes/manifests", `${component}.yaml`);
  }

  private async rehearseApiServer(manifest: string): Promise<void> {
    const { logs, processes } = this.paths;
    const [apiServer] = await freePorts(1);
    const command = this.commandOf(manifest, { ...this.ports, apiServer: apiServer! });
    const isEtcd = (flag: string) => flag.startsWith("--etcd-servers=");
    await rehearse({ name: "kube-apiserver-rehearsal", logs, processes }, (etcd) => [
      ...command.filter((flag) => !isEtcd(flag)),
      `--etcd-servers=${etcd}`,
    ]);
  }

  /** The command of a static pod, as it is run on this machine. */
  private commandOf(manifest: string, ports = this.ports): string[] {
    const placement: Placement = { node: this.paths.node, address: this.options.nodeAddress, ports };
    const [program, ...flags] = placed(staticPod(manifest), placement);
    return [this.options.binaries(program!), ...flags];
  }

  private async startComponent(component: string, manifest: string): Promise<void> {
    const spec = this.daemon(component, this.commandOf(manifest));
    start(spec);
    await untilReady(spec, () => this.ready(component), 90);
  }

  /** Starts a further process of this lab, such as kwok. It is stopped with the lab, before the control plane. */
  async run(
    name: string,
    command: string[],
    ready: () => Promise<boolean>,
    env: Record<string, string> = {},
  ) {
    const spec = { ...this.daemon(name, command), env };
    await stop(this.paths.processes, name);
    start(spec);
    await untilReady(spec, ready);
  }

  /** Restarts one component as it is, the way a crash would. */
  async restart(component: (typeof components)[number]): Promise<void> {
    await stop(this.paths.processes, component, 30);
    await this.startComponent(component, readFileSync(this.manifestFile(component), "utf8"));
  }

  private daemon(name: string, command: string[]): DaemonSpec {
    const { logs, processes } = this.paths;
    return { name, command, logs, processes, keep: this.options.keep };
  }

  private ready(component: string): Promise<boolean> {
    const { apiServer, controllerManager, scheduler, etcdMetrics } = this.ports;
    switch (component) {
      case "etcd":
        return answers(`http://127.0.0.1:${etcdMetrics}/readyz`);
      case "kube-apiserver":
        return answers(`https://127.0.0.1:${apiServer}/readyz`);
      case "kube-controller-manager":
        return answers(`https://127.0.0.1:${controllerManager}/healthz`);
      default:
        return answers(`https://127.0.0.1:${scheduler}/readyz`);
    }
  }
}

/** Stops everything a lab started, the control plane last, and its files if asked to. Works on what a crash left, too. */
export async function stopLab(name: string, options: { removeFiles: boolean }): Promise<void> {
  const paths = labPaths(name);
  const last = [...components].reverse() as string[];
  const others = noted(paths.processes).filter((process) => !last.includes(process));
  for (const process of [...others, ...last]) await stop(paths.processes, process, 30);
  if (!options.removeFiles) return;
  await untilNoNode(name);
  rmSync(paths.root, { recursive: true, force: true });
}
