import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { stopLab, type LabControlPlane } from "../../../../cli/lab/cluster/labControlPlane.js";
import { isDaemonRunning } from "../../../../cli/lab/cluster/daemon.js";
import { startNode } from "../../../../cli/lab/cluster/node.js";
import { applying, openCluster, type ClusterConnection } from "../../../../cli/lab/apply/index.js";
import { Host, UnreadyResource } from "../../../../cli/plan/providers/host.js";
import { standIns } from "../../../../cli/plan/providers/index.js";
import type { Values } from "../../../../cli/plan/providers/standIn.js";
import { binaries, startControlPlane } from "../sealed-secrets/lab.js";

const cache = fileURLToPath(new URL("../../../../.cache/crds/", import.meta.url));

/** The fixture chart's folder. */
export const fixture = fileURLToPath(new URL("../../../fixtures/charts/fixture", import.meta.url));

export { binaries };

/** Starts a control plane with a node. */
export async function startLab(name: string): Promise<LabControlPlane> {
  const plane = await startControlPlane(name);
  await startNode(plane, binaries, "musashi");
  return plane;
}

export async function endLab(name: string): Promise<void> {
  await stopLab(name, { removeFiles: true });
}

/**
 * Kills the API server; it answers nobody any more.
 *
 * @param processes Folder with the notes of the lab's processes.
 */
export async function killApiServer(processes: string): Promise<void> {
  const note = readFileSync(join(processes, "kube-apiserver.json"), "utf8");
  const { pid } = JSON.parse(note) as { pid: number };
  process.kill(pid, "SIGKILL");
  // It holds its port until its last thread has gone, when it has long been a zombie.
  while (existsSync(`/proc/${pid}`)) await sleep(20);
}

/**
 * Starts a killed API server again. A controller that cannot live without it, because it has only just started, is started
 * again as the kubelet would.
 */
export async function startApiServer(plane: LabControlPlane): Promise<void> {
  await plane.restart("kube-apiserver");
  for (const component of ["kube-controller-manager", "kube-scheduler"] as const) {
    if (!isDaemonRunning(plane.paths.processes, component)) await plane.restart(component);
  }
}

export interface HostOptions {
  charts?: string[];
  crds?: string;
  configuration?: Values;
}

/** The stand-in, as the engine finds it: one process of the lab. */
export async function hostOn(
  plane: LabControlPlane,
  { charts, crds, configuration = {} }: HostOptions = {},
): Promise<{ host: Host; cluster: ClusterConnection }> {
  const { kubeconfig, root } = plane.paths;
  const cluster = await openCluster({ kubeconfig, kubectl: binaries("kubectl"), crds });
  const recorded = standIns({ cache, crds, charts }).kubernetes;
  const helm = { helm: binaries("helm"), kubeconfig, scratch: `${root}/scratch`, charts };
  const host = new Host([applying(recorded, cluster, helm)], { failures: "refuse" });
  host.configure("kubernetes", configuration);
  return { host, cluster };
}

/** A resource of a program, with its state, and what the engine would do to it. */
export class Resource {
  id = "";
  inputs: Values = {};
  outputs: Values = {};
  readonly urn: string;

  constructor(
    private readonly host: Host,
    type: string,
    name = "resource",
  ) {
    this.urn = `urn:pulumi:lab::test::kubernetes:${type}::${name}`;
  }

  async create(program: Values, timeoutSeconds?: number): Promise<Values> {
    const checked = await this.host.check(this.urn, program);
    if (checked.failures.length > 0) throw new Error(JSON.stringify(checked.failures));
    this.inputs = checked.inputs;
    return this.keep(() => this.host.create(this.urn, checked.inputs, false, { timeoutSeconds }));
  }

  /** What the engine does with changed inputs. */
  async update(program: Values, timeoutSeconds?: number): Promise<Values> {
    const { inputs } = await this.host.check(this.urn, program);
    return this.keep(async () => {
      const outputs = await this.host.update(this.urn, this, inputs, false, { timeoutSeconds });
      this.inputs = inputs;
      return { id: this.id, outputs };
    });
  }

  /** @returns The paths that differ from what the program wanted; undefined when it is gone. */
  async refresh(): Promise<string[] | undefined> {
    const found = await this.host.read(this.urn, this);
    if (!found) return undefined;
    const { changes } = this.host.diff(this.urn, found, this.inputs);
    Object.assign(this, found);
    return changes.map(({ path }) => path.join("."));
  }

  async delete(timeoutSeconds?: number): Promise<void> {
    await this.host.delete(this.urn, this, { timeoutSeconds });
  }

  private async keep(work: () => Promise<{ id: string; outputs: Values }>): Promise<Values> {
    try {
      const { id, outputs } = await work();
      Object.assign(this, { id, outputs });
      return outputs;
    } catch (error) {
      if (error instanceof UnreadyResource) Object.assign(this, error.recorded);
      throw error;
    }
  }
}
