import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { stopLab, type LabControlPlane } from "../../../../cli/lab/cluster/labControlPlane.js";
import { isDaemonRunning } from "../../../../cli/lab/cluster/daemon.js";
import { startNode } from "../../../../cli/lab/cluster/node.js";
import {
  openCluster,
  startKubernetes,
  type ChartOptions,
  type ClusterConnection,
  type PluginRunOptions,
} from "../../../../cli/lab/apply/index.js";
import type { Values } from "../../../../cli/plan/providers/standIn.js";
import { PluginClient } from "../../../kit/pluginClient.js";
import { binaries, startControlPlane } from "../sealed-secrets/lab.js";

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

export interface PluginOptions extends Partial<ChartOptions>, Pick<PluginRunOptions, "around"> {
  /** Settings of the provider. Default: none. */
  settings?: Values;
}

/** Pulumi's plugin, as the engine finds it in a lab, and another way to the cluster. */
export async function pluginOn(
  plane: LabControlPlane,
  { settings, ...options }: PluginOptions = {},
): Promise<{ plugin: PluginClient; cluster: ClusterConnection; close(): Promise<void> }> {
  const cluster = await connect(plane, options.crds);
  const running = await startKubernetes(cluster, { ...pluginIn(plane), ...options });
  const plugin = await PluginClient.on(running, settings);
  const close = () => {
    plugin.close();
    return running.close();
  };
  return { plugin, cluster, close };
}

export function connect(
  { paths: { kubeconfig } }: LabControlPlane,
  crds?: string,
): Promise<ClusterConnection> {
  return openCluster({ kubeconfig, kubectl: binaries("kubectl"), crds });
}

/** How the plugin is started for a lab. */
export function pluginIn({ paths: { kubeconfig, root, logs } }: Pick<LabControlPlane, "paths">) {
  const [helm, plugin] = [binaries("helm"), binaries("pulumi-resource-kubernetes")];
  return { helm, plugin, kubeconfig, scratch: `${root}/scratch`, log: `${logs}/pulumi-kubernetes.log` };
}
