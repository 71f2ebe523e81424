import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Settings } from "../../../../stacks/settings/index.js";
import { fetchCharts } from "../../../kit/charts.js";
import type { Progress } from "../../../kit/progress.js";
import type { ToolName } from "../../../kit/toolchain/tools.js";
import type { Phases } from "../../phases.js";
import type { NodeImages } from "../images.js";
import type { InternetStandIn } from "../internet/internet.js";
import { importInto, type RealNode } from "../realNode.js";
import { installHarborStandIn } from "./harborStandIn.js";
import { apply, namespaceOf, ready } from "./kubectl.js";
import { traefikContents, traefikImage, traefikManifests } from "./traefik.js";

/** Tools that they are. */
export const toolsOfNeighbours = ["traefik"] as const satisfies readonly ToolName[];

export interface NeighboursOptions {
  settings: Settings;
  paths: ReadonlyMap<ToolName, string>;
  internet: Pick<InternetStandIn, "root">;
  /** Folder for files, which goes with the node. */
  folder: string;
  progress: Progress;
}

/**
 * What others install in a cluster and the program works with, as it is there before the program: Traefik with a Gateway.
 * Its pod waits for the network that the program brings.
 */
export class Neighbours {
  private constructor(
    private readonly node: RealNode,
    private readonly settings: Settings,
    /** Ports of this machine that lead to the Gateway's. */
    readonly gateway: { http: number; https: number },
  ) {}

  static async start(
    nodes: readonly RealNode[],
    images: NodeImages,
    options: NeighboursOptions,
  ): Promise<Neighbours> {
    const { settings, paths, internet, folder, progress } = options;
    const { gateway, cluster } = settings;
    const node = nodes[0]!;
    const roots = join(folder, "issued-root.pem");
    writeFileSync(roots, internet.root);
    images.add(traefikContents(paths.get("traefik")!, roots));
    await importInto(nodes, await images.make([traefikImage]));

    const { crds } = await fetchCharts(progress);
    const definitions = readdirSync(crds).find((name) => name.startsWith("gateway-api-"))!;
    await apply(node, readFileSync(join(crds, definitions)));
    await apply(node, [namespaceOf(gateway.namespace)]);
    await apply(node, traefikManifests(settings));
    const { address } = cluster.nodes[0]!;
    // In place of a load balancer's controller.
    const status = JSON.stringify({ status: { loadBalancer: { ingress: [{ ip: address }] } } });
    const patch = ["patch", "service", "traefik", "--subresource=status", `--patch=${status}`];
    await node.run(["kubectl", "--namespace", gateway.namespace, ...patch]);
    const ports = [gateway.httpPort, gateway.httpsPort].map((port) => node.forward(port, address));
    const [http, https] = await Promise.all(ports);
    return new Neighbours(node, settings, { http: http!, https: https! });
  }

  /** Gives them what the program's own objects wait for: what stands in for Harbor behind the Gateway. Waits until it runs. */
  async complete(phases: Phases): Promise<void> {
    await phases.run(
      "Traefik",
      async () => {
        await ready(this.node, this.settings.gateway.namespace, "deployment/traefik");
        await installHarborStandIn(this.node, this.settings);
      },
      () => "runs, with a stand-in for Harbor",
    );
  }
}
