import { dnsPods, kubeDns, type DnsServers } from "../../../components/network/isolation/flow.js";
import type { Settings } from "../schema.js";

/** The DNS servers of the cluster, which isolated pods may ask. */
export function dnsServers({ network }: Pick<Settings, "network">): DnsServers {
  const { namespace, labels, addresses } = network.dns;
  return addresses
    ? { kind: "networks", cidrs: addresses.map((address) => `${address}/32`) }
    : dnsPods(namespace ?? kubeDns.namespace, labels ?? kubeDns.labels);
}
