import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { labPaths } from "../cluster/paths.js";
import type { ClusterRequest } from "../cluster/simulated.js";
import type { LabCluster } from "../labCluster.js";
import type { Phases } from "../phases.js";
import { nodeFiles } from "../program.js";
import { volumePaths } from "../apply/prerequisites.js";
import { additions } from "./cilium.js";
import { startCluster } from "./cluster.js";
import type { NodeImages } from "./images.js";
import type { RealNode } from "./realNode.js";

/**
 * A cluster of one real node, for a lab. It ends with this process.
 *
 * @throws UserError when something is not as it must be; nothing of the node is left then.
 */
export async function nodeCluster(request: ClusterRequest, phases: Phases): Promise<LabCluster> {
  const { name, settings, session, progress } = request;
  const { root } = labPaths(name);
  progress.step("rendering the node files");
  const { nodeBundles } = await nodeFiles(settings, session);
  const bundle = Buffer.from(nodeBundles[settings.cluster.nodes[0]!.name]!, "base64");
  const options = { settings, bundle, folder: join(root, "machine"), network: "none" as const, progress };
  const { node, images } = await startCluster(options, phases);
  try {
    // All other images are those of charts.
    await bring(node, images, [settings.backups.jobs.restoreDrill.velero.image]);
    await node.run(["mkdir", "--parents", "--mode=777", ...volumePaths]);
    const [apiServer, etcd] = [await node.forward(6443), await node.forward(2379)];
    const server = `https://127.0.0.1:${apiServer}`;
    const kubeconfig = join(root, "kubeconfig");
    writeFileSync(kubeconfig, await kubeconfigFor(node, server), { mode: 0o600 });
    return {
      ...{ server, kubeconfig, nodeRoot: node.root, etcdEndpoint: `https://127.0.0.1:${etcd}` },
      bringImages: (names) => bring(node, images, names),
      overrides: (chart) => (chart === "cilium" ? additions : undefined),
      shell: node.shell(),
      ended: () => node.ended(),
      stop: () => node.stop(),
    };
  } catch (error) {
    await node.stop();
    throw error;
  }
}

async function kubeconfigFor(node: RealNode, server: string): Promise<string> {
  const { stdout } = await node.run(["cat", "/etc/kubernetes/super-admin.conf"]);
  const config = parse(stdout) as { clusters: { cluster: Record<string, string> }[] };
  // The API server's certificate has the names that the settings give it, and this one always.
  for (const { cluster } of config.clusters)
    Object.assign(cluster, { server, "tls-server-name": "kubernetes" });
  return stringify(config);
}

async function bring(node: RealNode, images: NodeImages, names: readonly string[]): Promise<boolean> {
  if (!images.canMake(names)) return false;
  await node.import(await images.make(names));
  return true;
}
