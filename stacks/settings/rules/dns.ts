import { choice } from "../../../components/common/mend.js";
import { kubeDns } from "../../../components/network/isolation/flow.js";
import { isolatedNamespaces } from "../derived/namespaces.js";
import { overlaps } from "../fields/networks.js";
import type { Settings } from "../schema.js";
import type { Report } from "./index.js";

/** DNS servers are pods or addresses, and every pod of the cluster asks them. */
export function dnsRules(settings: Settings, report: Report): void {
  const { cluster, network } = settings;
  const { namespace = kubeDns.namespace, labels, addresses } = network.dns;
  const path = ["network", "dns"];
  if (addresses && (network.dns.namespace ?? labels))
    report(
      path,
      "addresses stand for servers outside the cluster, namespace and labels for pods in it",
      choice("take one of the two out"),
    );
  if (!addresses && !labels && namespace !== kubeDns.namespace)
    report(
      [...path, "labels"],
      "is missing",
      choice(`name the servers in ${namespace} as the selector of their Service does`),
    );
  if (network.dns.namespace && isolatedNamespaces(settings).includes(namespace))
    report(
      [...path, "namespace"],
      `${namespace} is isolated, and DNS answers every pod of the cluster`,
      choice("have it answer in a namespace that is not"),
    );
  addresses?.forEach((address, index) => {
    const subnet = (["podSubnet", "serviceSubnet"] as const).find((key) => overlaps(address, cluster[key]));
    const node = cluster.nodes.find((one) => one.address === address);
    if (subnet)
      report(
        [...path, "addresses", index],
        `${address} lies in cluster.${subnet}, where no address ever matches`,
        choice("give namespace and labels of the pods"),
      );
    if (node)
      report(
        [...path, "addresses", index],
        `${address} is node ${node.name}, which never matches by its address`,
        choice("network.nodeLocalDns: true lets pods ask DNS of all nodes"),
      );
  });
}
