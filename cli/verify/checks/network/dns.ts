import { isIP } from "node:net";
import { parse } from "yaml";
import { systemNamespace } from "../../../../components/common/addOnNamespaces.js";
import { dnsServers } from "../../../../stacks/settings/derived/dns.js";
import { overlaps } from "../../../../stacks/settings/fields/networks.js";
import type { Service } from "../../cluster/kinds.js";
import { list, namespacedName, read } from "../../cluster/objects.js";
import type { Target } from "../../cluster/target.js";
import { readWorkload } from "../../cluster/workloads.js";

/** DNS servers that pods of this cluster are sent to, and that isolated ones may not ask. */
export async function unreachableDns(target: Target): Promise<string[]> {
  return [...(await otherServers(target)), ...(await nodesThatAnswer(target))];
}

/** Kubelets send pods to the addresses of their configuration; where that is not known, to the Service that kubeadm makes. */
async function otherServers(target: Target): Promise<string[]> {
  const { api } = target;
  const addresses = await clusterDns(target);
  if (addresses.length === 0) {
    const service = await read<Service>(api, `/api/v1/namespaces/${systemNamespace}/services/kube-dns`);
    return service ? otherPods(service, target) : [];
  }
  const services = (await list<Service>(api, "/api/v1/services")) ?? [];
  return addresses.flatMap((address) => {
    const service = services.find(({ spec }) => spec.clusterIPs?.includes(address));
    return service ? otherPods(service, target) : otherAddress(address, target);
  });
}

/** The addresses that kubeadm gives to the kubelets of new nodes; none where it does not say. */
async function clusterDns({ api }: Target): Promise<string[]> {
  const path = `/api/v1/namespaces/${systemNamespace}/configmaps/kubelet-config`;
  const configMap = await read<{ data?: { kubelet?: string } }>(api, path);
  try {
    const { clusterDNS } = parse(configMap?.data?.kubelet ?? "{}") as { clusterDNS?: string[] };
    return (clusterDNS ?? []).filter(isIP);
  } catch {
    return [];
  }
}

function otherPods(service: Service, { settings }: Target): string[] {
  const { namespace } = service.metadata;
  const selector = Object.entries(service.spec.selector ?? {});
  const servers = dnsServers(settings);
  const allowed =
    servers.kind === "pods" &&
    servers.namespace === namespace &&
    Object.entries(servers.labels ?? {}).every(([key, value]) =>
      selector.some(([name, wanted]) => name === key && wanted === value),
    );
  // Without a selector its endpoints may be anywhere.
  if (selector.length === 0 || allowed) return [];
  const labels = selector.map(([key, value]) => `${key}: ${value}`).join(", ");
  const where = namespace === systemNamespace ? "" : `namespace: ${namespace}, `;
  return [
    `the Service ${namespacedName(service)} selects pods with ${labels}, which isolated pods may not ask; set network.dns: { ${where}labels: { ${labels} } }`,
  ];
}

/** What is wrong with an address that no Service has. */
function otherAddress(address: string, { settings: { cluster, network } }: Target): string[] {
  // Nobody answers there.
  if (overlaps(address, cluster.serviceSubnet)) return [];
  const ofNode = address.startsWith("169.254.") || cluster.nodes.some((node) => node.address === address);
  if (ofNode ? network.nodeLocalDns : network.dns.addresses?.includes(address)) return [];
  return [
    `kubelets send pods to ${address} for DNS, which isolated pods may not ask; set network.` +
      (ofNode ? "nodeLocalDns: true" : `dns: { addresses: [${address}] }`),
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
