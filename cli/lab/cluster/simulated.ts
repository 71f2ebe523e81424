import { kubeadmConfigPath } from "../../../components/control-plane/kubeadmConfig.js";
import type { Settings } from "../../../stacks/settings/index.js";
import type { Progress } from "../../kit/progress.js";
import { nodeFiles } from "../program.js";
import type { SessionOptions } from "../session.js";
import { LabControlPlane, type Binaries } from "./labControlPlane.js";
import { startNode } from "./node.js";

/** What a lab makes a cluster of. */
export interface ClusterRequest {
  /** Name of the lab. */
  name: string;
  /** True: the cluster goes on when this process ends. */
  keep: boolean;
  settings: Settings;
  binaries: Binaries;
  /** See LabOptions. */
  validitySeconds?: number;
  /** The state that has the node files, or gets them. */
  session: SessionOptions;
  progress: Progress;
}

/**
 * A control plane on this machine with a node that kwok plays.
 *
 * @param request.bringUp False: it runs already.
 */
export async function simulatedCluster(
  request: ClusterRequest & { bringUp: boolean },
): Promise<LabControlPlane> {
  const { name, keep, settings, binaries, session, progress, bringUp } = request;
  const node = settings.cluster.nodes[0]!;
  const options = { name, keep, binaries, nodeAddress: node.address, configurationPath: kubeadmConfigPath };
  if (!bringUp) return LabControlPlane.of(options);
  progress.step("rendering the node files");
  const { nodeFiles: files } = await nodeFiles(settings, session);
  progress.step("starting the control plane");
  const plane = await LabControlPlane.of(options);
  await plane.apply(files);
  await startNode(plane, binaries, node.name);
  return plane;
}
