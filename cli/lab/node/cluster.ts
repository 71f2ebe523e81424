import type { Settings } from "../../../stacks/settings/index.js";
import { applyScriptPath } from "../../../components/control-plane/node/bundle.js";
import { kubeadmConfigPath } from "../../../components/control-plane/kubeadmConfig.js";
import type { ControlPlaneNode } from "../../../components/control-plane/kubeadmDocuments.js";
import type { Progress } from "../../kit/progress.js";
import { toolPaths } from "../../kit/toolchain/tool.js";
import type { ToolName } from "../../kit/toolchain/tools.js";
import { UserError } from "../../kit/userError.js";
import type { Phases } from "../phases.js";
import { debianRoot } from "./debian.js";
import { NodeImages, toolsOfImages } from "./images.js";
import { forThisKindOfNode } from "./kubeadm.js";
import { importInto, RealNode } from "./realNode.js";

const programs = ["kubelet", "kubeadm", "kubectl"] as const;

/** Every program of a cluster: what runs on the node, and what its images hold. */
export const clusterTools = [...programs, ...toolsOfImages] as const;

export interface NodeOptions {
  /** Folder for what the node writes; see RealNode. */
  folder: string;
  progress: Progress;
  /** Where the programs are. Default: the pinned ones. */
  paths?: ReadonlyMap<ToolName, string>;
  /** A node whose network it joins. Default: it has one of its own. */
  neighbour?: RealNode;
}

/** A node with systemd and containerd, and what the images of its cluster are made of. */
export interface StartedNode {
  node: RealNode;
  images: NodeImages;
  /** debianRoot's folder, which it was started from. */
  root: string;
}

/**
 * Starts a node with nothing of a cluster yet.
 *
 * @throws UserError if it does not come up; it is gone then.
 */
export async function startNode(
  { name, address }: ControlPlaneNode,
  { folder, progress, paths, neighbour }: NodeOptions,
  phases: Phases,
): Promise<StartedNode> {
  const found = paths ?? (await toolPaths(clusterTools, { progress }));
  const root = await debianRoot(progress);
  const images = new NodeImages(found, root);
  const node = await phases.run(
    "node",
    () =>
      RealNode.start({
        ...{ name, address: `${address}/24`, folder, root, neighbour },
        programs: Object.fromEntries(programs.map((program) => [program, found.get(program)!])),
      }),
    () => `${name} ${address}, systemd and containerd`,
  );
  return { node, images, root };
}

export interface NodeClusterOptions extends Omit<NodeOptions, "neighbour"> {
  settings: Settings;
  /** The node files of the first node, as `npm run node-files` writes them. */
  bundle: Buffer;
}

/**
 * A cluster of the first node: the program's own script writes the node files, kubeadm makes the cluster from them, and the
 * script, run again, changes nothing. Its pods have no network yet: a stack brings Cilium.
 *
 * @throws UserError if a step fails; the node is gone then.
 */
export async function startCluster(options: NodeClusterOptions, phases: Phases): Promise<StartedNode> {
  const { settings, bundle } = options;
  const [first] = settings.cluster.nodes;
  const { name } = first!;
  const started = await startNode(first!, options, phases);
  const { node, images } = started;
  try {
    await phases.run(
      "node files",
      () => apply(node, name, bundle),
      (line) => line,
    );
    await phases.run(
      "images",
      () => importImages([node], images, kubeadmConfigPath),
      (names) => `${names.length} imported`,
    );
    await phases.run(
      "kubeadm init",
      async () => initialise(node, (await node.run(["cat", kubeadmConfigPath])).stdout),
      () => "the API server is ready",
    );
    const again = await phases.run(
      "apply again",
      () => apply(node, name, bundle),
      (line) => line,
    );
    if (again !== "applied: nothing changed") {
      throw new UserError(
        `the node files that kubeadm made the cluster from change something afterwards: ${again}`,
      );
    }
    return started;
  } catch (error) {
    await node.stop();
    throw error;
  }
}

/** The command that runs the program's script in the node as the first delivery does: the archive, on standard input, brings it. */
export function applyCommand(name: string): string[] {
  const archive = "/run/node-files.tar";
  const script = `umask 077; cat >${archive}
trap 'rm -f ${archive}' EXIT
tar --extract --file ${archive} --directory / ${applyScriptPath.slice(1)}
${applyScriptPath} --node "$1" <${archive}`;
  return ["sh", "-euc", script, "sh", name];
}

/**
 * Runs {@link applyCommand}.
 *
 * @returns its last line.
 * @throws CommandFailed with what the script said.
 */
export async function apply(node: Pick<RealNode, "run">, name: string, bundle: Buffer): Promise<string> {
  const { stdout } = await node.run(applyCommand(name), bundle);
  return stdout.trim().split("\n").at(-1)!;
}

/**
 * Imports the images that the node's kubeadm wants for a configuration, and the one that its containerd makes pods with.
 *
 * @param path Of the configuration, in the node.
 * @returns their names.
 */
export async function importImages(
  nodes: readonly RealNode[],
  images: NodeImages,
  path: string,
): Promise<string[]> {
  const node = nodes[0]!;
  const list = ["kubeadm", "config", "images", "list", "--config", path];
  const { stdout: configuration } = await node.run(["cat", "/etc/containerd/config.toml"]);
  const [, sandbox] = /sandbox_image = "(.+)"/.exec(configuration)!;
  const names = [...new Set([...(await node.run(list)).stdout.trim().split("\n"), sandbox!])];
  await importInto(nodes, await images.make(names));
  return names;
}

/** @param configuration kubeadm's own; what this kind of node needs is added. */
export async function initialise(node: RealNode, configuration: string): Promise<void> {
  const file = "/run/kubeadm.yaml";
  await node.run(["sh", "-c", `umask 077; cat >${file}`], forThisKindOfNode(configuration));
  await node.run(["systemctl", "enable", "--now", "--quiet", "kubelet"]);
  // It would refuse cgroup v1.
  const init = ["kubeadm", "init", "--config", file, "--ignore-preflight-errors=SystemVerification"];
  await node.run(init).catch((error: Error) => {
    throw new UserError(`kubeadm init failed:\n${error.message}`);
  });
}
