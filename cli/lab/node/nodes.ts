import { kubeadmConfigPath } from "../../../components/control-plane/kubeadmConfig.js";
import type { ControlPlaneNode } from "../../../components/control-plane/kubeadmDocuments.js";
import type { Settings } from "../../../stacks/settings/index.js";
import type { Progress } from "../../kit/progress.js";
import { UserError } from "../../kit/userError.js";
import type { Phases } from "../phases.js";
import { apply, importImages, startCluster, startNode, type StartedNode } from "./cluster.js";
import type { RealNode } from "./realNode.js";
import type { NodeImages } from "./images.js";
import { guideCommands, joinGuide } from "./joinGuide.js";

export interface NodesOptions {
  settings: Settings;
  /** The node files of every node, by its name, as `npm run node-files` writes them. */
  bundles: Readonly<Record<string, Buffer>>;
  /** Folder of the first node; those of the others have its name and theirs. See RealNode. */
  folder: string;
  progress: Progress;
}

/** A node, and what the settings call it. */
export interface Member extends ControlPlaneNode {
  node: RealNode;
}

/** kubeadm would refuse cgroup v1. */
const onThisKindOfNode = { "kubeadm join": "kubeadm join --ignore-preflight-errors=SystemVerification" };

/** The folder where a file lies that only root may read. */
const home = "/root";

/**
 * A cluster of every control-plane node of the settings: the first one makes it, the others join it by the guide's own
 * commands.
 *
 * @throws UserError if a step fails; the nodes are gone then.
 */
export async function startNodes(
  options: NodesOptions,
  phases: Phases,
): Promise<Omit<StartedNode, "node"> & { members: Member[] }> {
  const [first] = options.settings.cluster.nodes;
  const { name } = first!;
  const { node, ...rest } = await startCluster({ ...options, bundle: options.bundles[name]! }, phases);
  const members: Member[] = [{ ...first!, node }];
  try {
    await joinOthers(members, rest.images, options, phases);
    // Without workers the stack's pods have no other nodes.
    if (members.length > 1) await inHome(node, guideCommands("taint"));
    return { ...rest, members };
  } catch (error) {
    await stopAll(members);
    throw error;
  }
}

/**
 * Starts the other control-plane nodes of the settings and joins them.
 *
 * @param members The first one; each is added as soon as it is there.
 */
export async function joinOthers(
  members: Member[],
  images: NodeImages,
  { settings, bundles, folder, progress }: NodesOptions,
  phases: Phases,
): Promise<void> {
  const { nodes, controlPlaneEndpoint } = settings.cluster;
  const { node: first } = members[0]!;
  const others: Member[] = [];
  for (const other of nodes.slice(1)) {
    const options = { folder: `${folder}-${other.name}`, progress, neighbour: first };
    const member = { ...other, node: (await startNode(other, options, phases)).node };
    members.push(member);
    others.push(member);
    await phases.run(
      "node files",
      () => apply(member.node, member.name, bundles[member.name]!),
      (line) => line,
    );
  }
  if (others.length === 0) return;
  await phases.run(
    "images",
    () =>
      importImages(
        others.map(({ node }) => node),
        images,
        kubeadmConfigPath,
      ),
    () => `imported on ${others.map(({ name }) => name).join(" and ")}`,
  );
  for (const member of others)
    await phases.run(
      "kubeadm join",
      () => joinControlPlane(first, member, controlPlaneEndpoint!),
      () => `${member.name} is a control-plane node`,
    );
}

/** Ends the nodes; the network that all of them are on goes with the first one. */
export async function stopAll(members: readonly Member[]): Promise<void> {
  for (const { node } of [...members].reverse()) await node.stop();
}

/**
 * Joins a control-plane node that has its node files.
 *
 * @param first A node of the cluster.
 * @throws UserError with what kubeadm said.
 */
export async function joinControlPlane(first: RealNode, member: Member, endpoint: string): Promise<void> {
  await giveDiscovery(first, member.node, endpoint);
  const { stdout } = await inHome(first, guideCommands("certificates"));
  const key = /^[0-9a-f]{64}$/m.exec(stdout)?.[0];
  if (!key) throw new UserError(`kubeadm printed no key to the certificates:\n${stdout}`);
  const commands = guideCommands("controlPlane", {
    ...onThisKindOfNode,
    "--node-name b": `--node-name ${member.name}`,
    "10.0.0.2": member.address,
  });
  await joined(member.node, `read -r key\n${commands}`, `${key}\n`);
}

/** Makes the discovery file on a node of the cluster and copies it to the new one. */
async function giveDiscovery(first: RealNode, to: RealNode, endpoint: string): Promise<void> {
  const example = "https://192.168.1.133:6443";
  await inHome(first, guideCommands("discovery", { [example]: `https://${endpoint}` }));
  const { stdout } = await inHome(first, "cat discovery.conf; rm discovery.conf");
  await inHome(to, "umask 077; cat >discovery.conf", stdout);
}

async function joined(node: RealNode, commands: string, input?: string): Promise<void> {
  // As Kubernetes' own packages do it.
  await node.run(["systemctl", "enable", "--quiet", "kubelet"]);
  await inHome(node, commands, input).catch((error: Error) => {
    throw new UserError(`kubeadm join, by ${joinGuide}, failed:\n${error.message}`);
  });
}

const inHome = (node: RealNode, commands: string, input?: string) =>
  node.run(["sh", "-euc", `cd ${home}\n${commands}`], input);
