import type { Progress } from "../kit/progress.js";
import { toolPaths } from "../kit/toolchain/tool.js";
import type { ToolName } from "../kit/toolchain/tools.js";
import type { Binaries } from "./cluster/labControlPlane.js";

/** Everything a lab runs. */
const toolNames = [
  "pulumi",
  "kubeadm",
  "kube-apiserver",
  "kube-controller-manager",
  "kube-scheduler",
  "kubectl",
  "etcd",
  "etcdctl",
  "kwok",
  "helm",
  "pulumi-resource-kubernetes",
  "sealed-secrets-controller",
  "kubeseal",
  "cilium-policy",
] as const satisfies readonly ToolName[];

/** Returns where each of them lies; builds those that are not there yet. */
export async function labBinaries(progress: Progress): Promise<Binaries> {
  const found: ReadonlyMap<string, string> = await toolPaths(toolNames, { progress });
  return (name) => found.get(name)!;
}
