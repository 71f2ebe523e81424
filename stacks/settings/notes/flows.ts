import type { Flow, Peer } from "../../../components/network/isolation/flow.js";
import { settingsFlows } from "../derived/flows.js";
import { overlaps } from "../fields/networks.js";
import type { Settings } from "../schema.js";

/** Ports of nodes at which no pod belongs, and what is there. */
const guardedPorts: Record<number, string> = {
  2379: "etcd, which holds every Secret",
  2380: "etcd's members, which hold every Secret",
  10250: "kubelets, which run commands in any pod",
  10255: "the port on which kubelets show anybody every pod with its environment",
  10257: "kube-controller-manager, which signs the tokens of ServiceAccounts",
  10259: "kube-scheduler, which decides where every pod runs",
};

/**
 * Where clouds give out the credentials of a node: AWS, Azure, Google and Oracle at the first address, Alibaba at the
 * second (https://cloud.google.com/compute/docs/metadata/querying-metadata,
 * https://www.alibabacloud.com/help/en/ecs/user-guide/view-instance-metadata).
 */
const metadataServices = {
  addresses: ["169.254.169.254", "100.100.100.200"],
  hosts: ["metadata.google.internal", "metadata.goog", "instance-data.ec2.internal"],
};

/** A flow without the order in which things are listed, and without what its pods are called: labels select them. */
function ordered(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((one) => JSON.stringify(ordered(one))).sort();
  return Object.entries(value)
    .filter(([key]) => key !== "name")
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, inner]) => [key, ordered(inner)]);
}

/** Flows that are well-formed, and open more than they seem to. */
export function riskyFlowNotes(settings: Settings): string[] {
  const flows = settingsFlows(settings);
  const shapes = flows.map(({ sentence: _, ...flow }) => JSON.stringify(ordered(flow)));
  return flows.flatMap((flow, index) => {
    const first = shapes.indexOf(shapes[index]!);
    const risks = [
      ...(first < index ? [`says what network.flows[${first}] says already; it is without effect.`] : []),
      ...manySources(flow.from),
      ...guardedTargets(flow),
    ];
    return risks.map((risk) => `network.flows[${index}] "${flow.sentence}" ${risk}`);
  });
}

function manySources(from: Peer): string[] {
  if (from.kind === "internet") return ["lets everybody on the internet connect."];
  if (from.kind !== "networks") return [];
  return from.cidrs.flatMap((cidr) => {
    const prefix = Number(cidr.split("/")[1]);
    if (prefix === 0) return ["lets everybody on the internet connect."];
    return prefix < 8 ? [`lets ${cidr} connect, one of every ${2 ** prefix} addresses of the internet.`] : [];
  });
}

function guardedTargets({ to, ports }: Flow): string[] {
  const { addresses, hosts } = metadataServices;
  if (to.kind === "nodes")
    return ports.flatMap(({ number }) => {
      const what = guardedPorts[number];
      return what === undefined ? [] : [`leads to ${what}.`];
    });
  const found =
    to.kind === "networks"
      ? addresses.filter((address) =>
          to.cidrs.some((cidr) => overlaps(cidr, address) && isMeant(cidr, address)),
        )
      : to.kind === "hosts"
        ? hosts.filter((host) => to.names.some((name) => matches(name, host)))
        : [];
  return found.map((peer) => `leads to ${peer}, where a cloud's metadata service gives out credentials.`);
}

/** All of 100.64.0.0/10 is shared address space, and the network of Tailscale. */
function isMeant(cidr: string, address: string): boolean {
  return !address.startsWith("100.") || Number(cidr.split("/")[1] ?? 32) >= 24 || cidr.endsWith("/0");
}

/** Whether a name that may have a `*`, within one label, is that of a host. */
function matches(name: string, host: string): boolean {
  const pattern = name.replaceAll(".", "\\.").replaceAll("*", "[^.]*");
  return new RegExp(`^${pattern}$`).test(host);
}
