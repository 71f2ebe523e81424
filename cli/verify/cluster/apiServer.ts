import { systemNamespace } from "../../../components/common/addOnNamespaces.js";
import { unchecked, type Finding } from "../claim.js";
import { flagsOf, howToReachTheNode, type Flags } from "./node.js";
import type { Pod } from "./kinds.js";
import { list } from "./objects.js";
import type { Target } from "./target.js";

/** The flags of one API server. */
export interface ApiServerFlags {
  /** Where they were read. */
  source: string;
  flags: Flags;
}

/** Label kubeadm gives to the static pod. */
const podsPath = `/api/v1/namespaces/${systemNamespace}/pods?labelSelector=component%3Dkube-apiserver`;

/**
 * Flags of the API server of every node in the settings: from the manifest, where there is access to the only node, else from
 * the pods that the kubelets show for their static pods. Empty where neither is to be had.
 *
 * @throws Error when the pods are those of some nodes alone: the others may have other flags.
 */
export async function apiServers({ node, api, settings }: Target): Promise<ApiServerFlags[]> {
  const { nodes } = settings.cluster;
  const own = node?.flags("kube-apiserver");
  const seen = own ? [{ source: "the node's manifest", flags: own }] : [];
  if (own && nodes.length === 1) return seen;
  const pods = (await list<Pod>(api, podsPath)) ?? [];
  const found = nodes.map(({ name }) =>
    pods.find(({ metadata }) => metadata.name === `kube-apiserver-${name}`),
  );
  const unseen = nodes.filter((_, index) => !found[index]).map(({ name }) => name);
  if (unseen.length > 0 && found.some(Boolean))
    throw new Error(`there is no pod kube-apiserver-${unseen.join(" and none kube-apiserver-")}`);
  return [
    ...seen,
    ...found.flatMap((pod) =>
      pod
        ? { source: `pod ${pod.metadata.name}`, flags: flagsOf(pod.spec.containers[0]?.command ?? []) }
        : [],
    ),
  ];
}

/** The finding where the flags are not to be had. */
export const unknownFlags: Finding = unchecked(
  `the API server's flags are in neither a pod of ${systemNamespace} nor a node's manifest; ${howToReachTheNode}`,
);

/** What is wrong with the flags, by what each API server has to say about its own. */
export function flagProblems(servers: ApiServerFlags[], problemsOf: (flags: Flags) => string[]): string[] {
  return servers.flatMap(({ source, flags }) => problemsOf(flags).map((problem) => `${source}: ${problem}`));
}
