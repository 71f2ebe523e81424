import type { Settings } from "../../../stacks/settings/index.js";
import { applyScriptPath } from "../../../components/control-plane/node/bundle.js";
import { kubeadmConfigPath } from "../../../components/control-plane/kubeadmConfig.js";
import type { ControlPlaneNode } from "../../../components/control-plane/kubeadmDocuments.js";
import type { Progress } from "../../kit/progress.js";
import { toolPaths } from "../../kit/toolchain/tool.js";
import { UserError } from "../../kit/userError.js";
import type { Phases } from "../phases.js";
import { debianRoot } from "./debian.js";
import { NodeImages, toolsOfImages } from "./images.js";
import { forThisKindOfNode } from "./kubeadm.js";
import { RealNode } from "./realNode.js";

const programs = ["kubelet", "kubeadm", "kubectl"] as const;

export interface NodeClusterOptions {
  settings: Settings;
  /** The node files of the first node, as `npm run node-files` writes them. */
  bundle: Buffer;
  /** Folder for what the node writes; see RealNode. */
  folder: string;
  progress: Progress;
}

/**
 * A cluster of the first node: the program's own script writes the node files, kubeadm makes the cluster from them, and the
 * script, run again, changes nothing. Its pods have no network yet: a stack brings Cilium.
 *
 * @throws UserError if a step fails; the node is gone then.
 */
export async function startCluster(
  options: NodeClusterOptions,
  phases: Phases,
): Promise<{ node: RealNode; images: NodeImages }> {
  const { settings, bundle, folder, progress } = options;
  const [first] = settings.cluster.nodes;
  const { name } = first!;
  const images = new NodeImages(await toolPaths(toolsOfImages, { progress }), await debianRoot(progress));
  const node = await startNode(first!, { folder, progress }, phases);
  try {
    await phases.run(
      "node files",
      () => apply(node, name, bundle),
      (line) => line,
    );
    await phases.run(
      "images",
      async () => {
        const names = await imageNames(node);
        await node.import(await images.make(names));
        return names;
      },
      (names) => `${names.length} imported`,
    );
    await phases.run(
      "kubeadm init",
      () => initialise(node),
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
    return { node, images };
  } catch (error) {
    await node.stop();
    throw error;
  }
}

/** Starts a node with nothing of a cluster yet. */
export function startNode(
  { name, address }: ControlPlaneNode,
  { folder, progress, neighbour }: Pick<NodeClusterOptions, "folder" | "progress"> & { neighbour?: RealNode },
  phases: Phases,
): Promise<RealNode> {
  const start = async () => {
    const root = await debianRoot(progress);
    const paths = await toolPaths(programs, { progress });
    return RealNode.start({
      ...{ name, address: `${address}/24`, folder, root, neighbour },
      programs: Object.fromEntries(programs.map((program) => [program, paths.get(program)!])),
    });
  };
  return phases.run("node", start, () => `${name} ${address}, systemd and containerd`);
}

/** Names of the images that kubeadm wants on a node that has its files. */
export async function imageNames(node: RealNode): Promise<string[]> {
  const list = ["kubeadm", "config", "images", "list", "--config", kubeadmConfigPath];
  return (await node.run(list)).stdout.trim().split("\n");
}

/**
 * Runs the program's script in the node as the first delivery does: the archive brings the script.
 *
 * @returns its last line.
 * @throws CommandFailed with what the script said.
 */
export async function apply(node: RealNode, name: string, bundle: Buffer): Promise<string> {
  const archive = "/run/node-files.tar";
  const script = `umask 077; cat >${archive}
trap 'rm -f ${archive}' EXIT
tar --extract --file ${archive} --directory / ${applyScriptPath.slice(1)}
${applyScriptPath} --node "$1" <${archive}`;
  const { stdout } = await node.run(["sh", "-euc", script, "sh", name], bundle);
  return stdout.trim().split("\n").at(-1)!;
}

async function initialise(node: RealNode): Promise<void> {
  const { stdout: configuration } = await node.run(["cat", kubeadmConfigPath]);
  const file = "/run/kubeadm.yaml";
  await node.run(["sh", "-c", `umask 077; cat >${file}`], forThisKindOfNode(configuration));
  await node.run(["systemctl", "enable", "--now", "--quiet", "kubelet"]);
  // It would refuse cgroup v1.
  const init = ["kubeadm", "init", "--config", file, "--ignore-preflight-errors=SystemVerification"];
  await node.run(init).catch((error: Error) => {
    throw new UserError(`kubeadm init failed:\n${error.message}`);
  });
}
