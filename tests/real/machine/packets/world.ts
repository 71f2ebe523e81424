import { join } from "node:path";
import { readSettings } from "../../../../cli/kit/settings.js";
import { silent } from "../../../../cli/kit/progress.js";
import { temporaryFolder, type TemporaryFolder } from "../../../../cli/kit/temporaryFolder.js";
import { tool } from "../../../../cli/kit/toolchain/tool.js";
import { startCluster } from "../../../../cli/lab/node/cluster.js";
import type { RealNode } from "../../../../cli/lab/node/realNode.js";
import type { Phases } from "../../../../cli/lab/phases.js";
import { analyze } from "../../../../cli/reach/analyzer.js";
import { elsewhere, PodGroups } from "../../../../cli/reach/podGroups.js";
import { policySet, type Manifest } from "../../../../cli/reach/policies.js";
import { listedRules } from "../../../../cli/reach/reach.js";
import type { Settings } from "../../../../stacks/settings/index.js";
import { policiesIn } from "../../network/policies.js";
import { installCilium, upgradeCilium } from "../networks.js";
import { bundleOf, nodeSettings } from "../world.js";
import { startInternet } from "./internet.js";
import { imageOfPods, processOf, startPods, type Addresses, type Pod, type Sender } from "./pods.js";
import {
  clientsOf,
  nodeUdpPort,
  portsOf,
  probesOf,
  type Probe,
  type Reach,
  type Surroundings,
} from "./probes.js";

/** The policies of settings, and who can reach whom by them, as `npm run reach` computes it. */
export interface Isolation {
  policies: Manifest[];
  reach: Reach;
}

/** Those of a stack; a rule for requests is for Envoy, which is not here, and which audit leaves out. */
export async function isolationOf(
  stack: string,
  change: (settings: Settings) => void = () => {},
): Promise<Isolation> {
  const { settings } = await readSettings(stack);
  settings.network.enforcement = "audit";
  change(settings);
  const policies = await policiesIn(settings);
  const set = policySet(policies);
  const places = new PodGroups([set]);
  const connections = await analyze(await tool("netpol-analyzer"), set, places);
  return { policies, reach: { places: places.list(), connections, rules: listedRules(set, places) } };
}

/** A node with Cilium as the stack brings it, and pods that send packets. */
export class World {
  private constructor(
    readonly node: RealNode,
    private readonly parent: TemporaryFolder,
    private readonly settings: Settings,
    private readonly pods: {
      clients: readonly Pod[];
      servers: readonly Pod[];
      addresses: ReadonlyMap<string, Addresses>;
    },
    /** A process of the node. */
    private readonly process: Sender,
    private readonly surroundings: Surroundings,
  ) {}

  /** @param reach Of the policies that there will be, at most. */
  static async start(reach: Reach, phases: Phases): Promise<World> {
    const parent = temporaryFolder();
    let running: RealNode | undefined;
    try {
      const settings = await nodeSettings("lab");
      settings.network.enforcement = "audit";
      const bundle = await bundleOf(settings);
      const options = { settings, bundle, folder: join(parent.path, "node"), progress: silent };
      const started = await startCluster(options, phases);
      const { node } = started;
      running = node;
      await phases.run(
        "Cilium",
        () => installCilium(started, settings),
        () => "ready, with kube-proxy and CoreDNS",
      );
      const away = reach.places.find(({ namespace }) => namespace === elsewhere)!;
      const account = { serviceAccount: "default" };
      const onNode: Pod = { id: "on-node", place: away, ...account, ports: [], hostNetwork: true };
      const clients = [
        ...clientsOf(reach).map((pod, index): Pod => ({ ...pod, id: `client-${index}` })),
        onNode,
      ];
      const servers = reach.places.map((place, index): Pod => ({
        ...{ id: `server-${index}`, place, ...account, ports: portsOf(place, reach) },
      }));
      const pods = [...clients, ...servers];
      const addresses = await phases.run(
        "pods",
        async () => {
          await node.import([await imageOfPods(started.root)]);
          return startPods(node, pods);
        },
        () => `${pods.length} run`,
      );
      const process = await processOf(node);
      const { address } = settings.cluster.nodes[0]!;
      const answer = process.command("answer.pl");
      await node.run(["systemd-run", "--quiet", ...answer, "node", `${address}:${nodeUdpPort}/UDP`]);
      const names = await startInternet(node, namesIn(reach), await tool("coredns"));
      const service = ["kubectl", "get", "service", "kubernetes", "--output", "jsonpath={.spec.clusterIP}"];
      const apiServer = (await node.run(service)).stdout;
      const surroundings = { node: address, apiServer, names };
      return new World(node, parent, settings, { clients, servers, addresses }, process, surroundings);
    } catch (error) {
      await running?.stop();
      parent.remove();
      throw error;
    }
  }

  /** Gives Cilium another enforcement, as `pulumi up` does. */
  async enforcement(enforcement: "audit" | "enforce"): Promise<void> {
    this.settings.network.enforcement = enforcement;
    await upgradeCilium(this.node, this.settings);
  }

  /** All that is sent where these policies are in force. */
  probes({ reach }: Isolation): Probe[] {
    const isKnown = ({ place }: Pod) => reach.places.some(({ name }) => name === place.name);
    const servers = this.pods.servers.filter(isKnown);
    const all = this.pods.clients
      .filter(isKnown)
      .map((client) => probesOf(client, servers, this.pods.addresses, reach, this.surroundings));
    // The node reaches everything.
    const fromNode = all.pop()!.map((probe): Probe => ({ ...probe, allowed: true, denied: undefined }));
    const fromProcess = fromNode.filter(({ kind }) => kind !== "DNS");
    return [...all.flat(), ...fromNode, ...fromProcess.map((probe) => ({ ...probe, from: this.process }))];
  }

  async stop(): Promise<void> {
    await this.node.stop();
    this.parent.remove();
  }
}

/** Every host that a rule names, with letters for *, and one that none does. */
function namesIn({ rules }: Reach): string[] {
  const hosts = rules.map(({ to }) => to).filter((to) => /^[\w*.-]+\.[a-z]+$/.test(to));
  return [...new Set(hosts.map((host) => host.replace("*", "any")))].concat("unnamed.example");
}
