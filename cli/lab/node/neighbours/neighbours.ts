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
import { GitOps } from "./gitOps.js";
import { installHarborStandIn } from "./harborStandIn.js";
import { apply, namespaceOf, ready } from "./kubectl.js";
import { traefikContents, traefikImage, traefikManifests } from "./traefik.js";

/** Tools that they are. */
export const toolsOfNeighbours = ["traefik", "argocd", "kubeseal"] as const satisfies readonly ToolName[];

export interface NeighboursOptions {
  settings: Settings;
  paths: ReadonlyMap<ToolName, string>;
  internet: Pick<InternetStandIn, "root" | "authority">;
  /** The node's root. */
  root: string;
  /** Folder for files, which goes with the node. */
  folder: string;
  progress: Progress;
}

/**
 * What others install in a cluster and the program works with, as it is there before the program: Traefik with a Gateway,
 * and ArgoCD. Their pods wait for the network that the program brings.
 */
export class Neighbours {
  private constructor(
    private readonly node: RealNode,
    private readonly settings: Settings,
    /** Ports of this machine that lead to the Gateway's. */
    readonly gateway: { http: number; https: number },
    readonly gitOps: GitOps,
  ) {}

  static async start(
    nodes: readonly RealNode[],
    images: NodeImages,
    options: NeighboursOptions,
  ): Promise<Neighbours> {
    const { settings, paths, internet, root, folder, progress } = options;
    const { gateway, access, cluster } = settings;
    const node = nodes[0]!;
    const roots = join(folder, "issued-root.pem");
    writeFileSync(roots, internet.root);
    images.add(traefikContents(paths.get("traefik")!, roots));
    await importInto(nodes, await images.make([traefikImage]));

    const { crds } = await fetchCharts(progress);
    const definitions = readdirSync(crds).find((name) => name.startsWith("gateway-api-"))!;
    await apply(node, readFileSync(join(crds, definitions)));
    await apply(node, [gateway.namespace, access.argocd.namespace].map(namespaceOf));
    await apply(node, traefikManifests(settings));
    const { address } = cluster.nodes[0]!;
    // In place of a load balancer's controller.
    const status = JSON.stringify({ status: { loadBalancer: { ingress: [{ ip: address }] } } });
    const patch = ["patch", "service", "traefik", "--subresource=status", `--patch=${status}`];
    await node.run(["kubectl", "--namespace", gateway.namespace, ...patch]);
    const { authority } = internet;
    const gitOps = await GitOps.start(nodes, images, { settings, paths, root, authority });
    const ports = [gateway.httpPort, gateway.httpsPort].map((port) => node.forward(port, address));
    const [http, https] = await Promise.all(ports);
    return new Neighbours(node, settings, { http: http!, https: https! }, gitOps);
  }

  /**
   * Gives them what the program's own objects wait for: what stands in for Harbor behind the Gateway, and in each
   * application's repository a SealedSecret. Waits until all of it runs.
   *
   * @param certificate The stack's output sealingCertificate.
   */
  async complete(phases: Phases, certificate: string): Promise<void> {
    await phases.run(
      "Traefik, ArgoCD",
      async () => {
        await ready(this.node, this.settings.gateway.namespace, "deployment/traefik");
        await installHarborStandIn(this.node, this.settings);
        await this.gitOps.complete(certificate);
      },
      () => "run, with a stand-in for Harbor and the applications' repositories",
    );
  }
}
