import { systemNamespace } from "../../../components/common/addOnNamespaces.js";
import { unchecked, type Finding } from "../claim.js";
import { flagsOf, howToReachTheNode, type Flags } from "./node.js";
import { list, type KubeObject } from "./objects.js";
import type { Target } from "./target.js";

/** The flags of one API server. */
export interface ApiServer {
  /** Where they were read. */
  source: string;
  flags: Flags;
}

type Pod = KubeObject & { spec: { containers: { command?: string[] }[] } };

/** Label kubeadm gives to the static pod. */
const podsPath = `/api/v1/namespaces/${systemNamespace}/pods?labelSelector=component%3Dkube-apiserver`;

/**
 * Flags of every API server: from the manifest on the node, where there is access to one, else from the pods that the
 * kubelets show for their static pods. Empty where neither is to be had.
 */
export async function apiServers({ node, api }: Target): Promise<ApiServer[]> {
  const flags = node?.flags("kube-apiserver");
  if (flags) return [{ source: "the node's manifest", flags }];
  const pods = (await list<Pod>(api, podsPath)) ?? [];
  return pods.map((pod) => ({
    source: `pod ${pod.metadata.name}`,
    flags: flagsOf(pod.spec.containers[0]?.command ?? []),
  }));
}

/** The finding where the flags are not to be had. */
export const unknownFlags: Finding = unchecked(
  `the API server's flags are in neither a pod of kube-system nor a node's manifest; ${howToReachTheNode}`,
);

/** What is wrong with the flags, by what each API server has to say about its own. */
export function flagProblems(servers: ApiServer[], problemsOf: (flags: Flags) => string[]): string[] {
  return servers.flatMap(({ source, flags }) => problemsOf(flags).map((problem) => `${source}: ${problem}`));
}
