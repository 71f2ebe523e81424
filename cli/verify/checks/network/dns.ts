import { systemNamespace } from "../../../../components/common/addOnNamespaces.js";
import { dnsServers } from "../../../../stacks/settings/derived/dns.js";
import { read, type KubeObject } from "../../cluster/objects.js";
import type { Target } from "../../cluster/target.js";
import { readWorkload } from "../../cluster/workloads.js";

interface Service extends KubeObject {
  spec: { selector?: Record<string, string> };
}

/** DNS servers that pods of this cluster are sent to, and that isolated ones may not ask. */
export async function unreachableDns(target: Target): Promise<string[]> {
  return [...(await otherPods(target)), ...(await nodesThatAnswer(target))];
}

/** The kubelets of kubeadm send every pod to the Service kube-dns. */
async function otherPods({ api, settings }: Target): Promise<string[]> {
  const service = await read<Service>(api, `/api/v1/namespaces/${systemNamespace}/services/kube-dns`);
  const selector = Object.entries(service?.spec.selector ?? {});
  const servers = dnsServers(settings);
  const allowed =
    servers.kind === "pods" &&
    servers.namespace === systemNamespace &&
    Object.entries(servers.labels ?? {}).every(([key, value]) =>
      selector.some(([name, wanted]) => name === key && wanted === value),
    );
  // Without a selector its endpoints may be anywhere.
  if (selector.length === 0 || allowed) return [];
  const labels = selector.map(([key, value]) => `${key}: ${value}`).join(", ");
  return [
    `the Service ${systemNamespace}/kube-dns selects pods with ${labels}, which isolated pods may not ask; set network.dns: { labels: { ${labels} } }`,
  ];
}

async function nodesThatAnswer(target: Target): Promise<string[]> {
  const cache = { kind: "DaemonSet", namespace: systemNamespace, name: "node-local-dns" } as const;
  return !target.settings.network.nodeLocalDns && (await readWorkload(target, cache))
    ? [
        `${systemNamespace}/${cache.name} answers DNS on the nodes, which isolated pods may not ask; set network.nodeLocalDns: true`,
      ]
    : [];
}
