import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { labPaths } from "../cluster/paths.js";
import type { ClusterRequest } from "../cluster/simulated.js";
import type { LabCluster } from "../labCluster.js";
import type { Phases } from "../phases.js";
import { nodeFiles } from "../program.js";
import { toolPaths } from "../../kit/toolchain/tool.js";
import { volumePaths } from "../apply/prerequisites.js";
import { ciliumAdditions, ciliumContents, toolsOfCilium } from "./cilium.js";
import type { NodeImages } from "./images.js";
import { certManagerImages } from "./internet/certManager.js";
import { InternetStandIn, plainResolvers } from "./internet/internet.js";
import { telling } from "./internet/told.js";
import { Neighbours, toolsOfNeighbours } from "./neighbours/neighbours.js";
import { startNodes, stopAll } from "./nodes.js";
import { importInto, type RealNode } from "./realNode.js";
import { serverImages } from "./servers.js";
import { toolsOfVelero, veleroImages } from "./velero/images.js";

/**
 * A cluster of real nodes, for a lab: as many as the settings have. It ends with this process.
 *
 * @throws UserError if a step fails; the nodes are gone then.
 */
export async function nodeCluster(request: ClusterRequest, phases: Phases): Promise<LabCluster> {
  const { name, settings, session, progress, validitySeconds } = request;
  const resolvers = plainResolvers(settings.certificates.acme.recursiveNameservers);
  const { root, machine, logs } = labPaths(name);
  const programs = await toolPaths(
    [
      ...[...toolsOfCilium, ...toolsOfVelero, ...toolsOfNeighbours],
      ...(["cert-manager", "pebble", "pebble-challtestsrv", "rclone"] as const),
    ],
    { progress },
  );
  progress.step("rendering the node files");
  const { nodeBundles } = await nodeFiles(settings, session);
  const bundles = Object.fromEntries(
    Object.entries(nodeBundles).map(([name, text]) => [name, Buffer.from(text, "base64")]),
  );
  const {
    members,
    images,
    root: debian,
  } = await startNodes({ settings, bundles, folder: machine, progress }, phases);
  const nodes = members.map((member) => member.node);
  const [node] = nodes as [RealNode];
  let internet: InternetStandIn | undefined;
  const stop = async () => {
    internet?.stop();
    await stopAll(members);
  };
  try {
    mkdirSync(logs, { recursive: true, mode: 0o700 });
    const started = await InternetStandIn.start(node, {
      ...{ settings, resolvers, validitySeconds, progress },
      programs: {
        pebble: programs.get("pebble")!,
        "pebble-challtestsrv": programs.get("pebble-challtestsrv")!,
        rclone: programs.get("rclone")!,
      },
      folder: join(machine, "internet"),
      log: join(logs, "internet.log"),
    });
    internet = started;
    images.add(ciliumContents(programs, debian));
    images.add(certManagerImages(programs.get("cert-manager")!, started.authority));
    images.add(veleroImages(programs, started.authority, debian));
    images.add(serverImages(debian));
    // The backup jobs of the node ask it as well.
    await node.run(["sh", "-c", "cat >>/etc/ssl/certs/ca-certificates.crt"], readFileSync(started.authority));
    // All other images are those of charts.
    const { image } = settings.backups.jobs.restoreDrill.velero;
    if (!(await bring(nodes, images, [image])))
      progress.note(`The restore sample's image ${image} is not at hand; its pod will not run`);
    for (const one of nodes) await one.run(["mkdir", "--parents", "--mode=777", ...volumePaths]);
    const neighbours = await phases.run(
      "neighbours",
      () =>
        Neighbours.start(nodes, images, {
          ...{
            settings,
            progress,
            paths: programs,
            internet: started,
            root: debian,
            folder: join(machine, "internet"),
          },
        }),
      () => "Traefik and ArgoCD wait for the pods' network",
    );
    const [apiServer, etcd] = [await node.forward(6443), await node.forward(2379)];
    const server = `https://127.0.0.1:${apiServer}`;
    const kubeconfig = join(root, "kubeconfig");
    writeFileSync(kubeconfig, await kubeconfigFor(node, server), { mode: 0o600 });
    return {
      ...{ server, kubeconfig, nodeRoot: node.root, etcdEndpoint: `https://127.0.0.1:${etcd}` },
      neighbours,
      acmeStandIn: { name: "pebble", root: started.root },
      bringImages: (names) => bring(nodes, images, names),
      wrap: (standIn) => telling(standIn, started),
      overrides: (chart) => (chart === "cilium" ? ciliumAdditions : undefined),
      shell: nodes.map((one) => one.shell()).join("\n  "),
      ended: () => Promise.race(nodes.map((one) => one.ended())),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The credentials of group system:masters, for an API server at that address. */
export async function kubeconfigFor(node: RealNode, server: string): Promise<string> {
  const { stdout } = await node.run(["cat", "/etc/kubernetes/super-admin.conf"]);
  const config = parse(stdout) as { clusters: { cluster: Record<string, string> }[] };
  // The API server's certificate has the names that the settings give it, and this one always.
  for (const { cluster } of config.clusters)
    Object.assign(cluster, { server, "tls-server-name": "kubernetes" });
  return stringify(config);
}

async function bring(
  nodes: readonly RealNode[],
  images: NodeImages,
  names: readonly string[],
): Promise<boolean> {
  if (!images.canMake(names)) return false;
  await importInto(nodes, await images.make(names));
  return true;
}
