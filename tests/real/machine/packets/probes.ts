import type { Connection } from "../../../../cli/reach/analyzer.js";
import type { AddressRange } from "../../../../cli/reach/addresses.js";
import { isEveryPort } from "../../../../cli/reach/ports.js";
import { openPodGroups } from "../../../../cli/reach/reach.js";
import type { ListedRule } from "../../../../cli/reach/listedRule.js";
import { senderOf, type Addresses, type NamedPlace, type Pod, type Sender } from "./pods.js";

/** One packet that is sent, or a connection that is opened. */
export interface Probe {
  from: Sender;
  /** What it is sent to, in words. */
  to: string;
  kind: "pod" | "Service" | "UDP" | "ICMP" | "DNS" | "API server" | "node" | "name" | "address";
  /** As probe.sh reads it. */
  line: string;
  /** What probe.sh prints where it arrives. */
  answer: string;
  /** Whether the policies let it through. */
  allowed: boolean;
  /** The packet that policies drop, such as "10.244.0.7 -> 10.244.0.9:80 tcp". Default: none. */
  denied?: string;
}

/** Who can reach whom, as `npm run reach` has it. */
export interface Reach {
  places: readonly NamedPlace[];
  connections: readonly Connection[];
  rules: readonly ListedRule[];
}

/** What there is outside of pods. */
export interface Surroundings {
  node: string;
  /** ClusterIP of the API server. */
  apiServer: string;
  /** Addresses outside the cluster, by the name that they have. */
  names: ReadonlyMap<string, string>;
}

/** Ports of no policy. */
const otherPorts = ["9/TCP", "9/UDP"];

const dns = { number: 53, protocol: "UDP" };

/** Where every packet of DNS goes, for {@link Probe.denied}. */
export const dnsPackets = "DNS";

/** Where the node answers. */
export const nodeUdpPort = 9;

/**
 * Ports that policies open to pods of the place, and another one of each protocol. That of DNS is left out: Cilium's proxy
 * lets through what is DNS, and the servers here are none.
 */
export function portsOf(place: NamedPlace, { connections }: Reach): string[] {
  const opened = connections
    .filter(({ to, ports }) => to === place.name && !isEveryPort(ports))
    .flatMap(({ ports }) => ports.filter(({ first }) => first !== dns.number))
    .map(({ protocol, first }) => `${first}/${protocol}`);
  return [...new Set([...opened, ...otherPorts])];
}

/**
 * Pods that open connections: one of each place, and one for each ServiceAccount that a rule is for, of a place that is
 * isolated.
 */
export function clientsOf({ places, connections, rules }: Reach): Omit<Pod, "id">[] {
  const open = openPodGroups(connections).out;
  const isolated = places.filter(({ name }) => !open.has(name));
  const ends = new Map(rules.map(({ from }) => [from, endOf(from, places)]));
  const withAccount = [...ends.values()].flatMap((end) => {
    if (end?.serviceAccount === undefined) return [];
    const place = isolated.find((one) => isWithin(one, end.place))!;
    return [{ place, serviceAccount: end.serviceAccount, ports: [] }];
  });
  return [...places.map((place) => ({ place, serviceAccount: "default", ports: [] })), ...withAccount];
}

interface End {
  place: NamedPlace;
  serviceAccount?: string;
}

/** An end of a rule as it is written, such as `velero as velero-server`; undefined for what are no pods. */
function endOf(text: string, places: readonly NamedPlace[]): End | undefined {
  const [name, serviceAccount] = text.split(" as ");
  const place = places.find((one) => one.name === name);
  return place && { place, serviceAccount };
}

/** Everything that a client sends. */
export function probesOf(
  client: Pod,
  servers: readonly Pod[],
  addresses: ReadonlyMap<string, Addresses>,
  reach: Reach,
  { node, apiServer, names }: Surroundings,
): Probe[] {
  const { place } = client;
  const from = senderOf(client);
  const source = addresses.get(client.id)!.pod;
  const isOpen = openPodGroups(reach.connections).out.has(place.name);
  const to = (other: string | number) =>
    reach.connections
      .filter(
        (one) =>
          one.from === place.name && (typeof other === "string" ? one.to === other : isIn(other, one.to)),
      )
      .flatMap(({ ports }) => ports);
  const rules = reach.rules.filter(({ from, subject, kind }) => {
    const end = endOf(from, reach.places);
    return kind === "allows" && subject === "from" && end !== undefined && isOf(client, end);
  });
  const byRule = (isMeant: (end: string) => boolean, port: number) =>
    rules.some(({ to, ports }) => to.split(", ").some(isMeant) && ports.includes(String(port)));
  /** @param met Where policies see it go: behind the Service, if it is sent to one. */
  const probe = (
    [kind, to]: [Probe["kind"], string],
    line: string,
    answer: string,
    allowed: boolean,
    met: string,
  ): Probe => ({
    ...{ from, to, kind, line, answer, allowed },
    ...(allowed ? {} : { denied: `${source} -> ${met}` }),
  });

  const betweenPods = servers.flatMap((server) => {
    const { pod, service } = addresses.get(server.id)!;
    const ports = to(server.place.name);
    return [
      ...server.ports.flatMap((text) => {
        const [number, protocol] = text.split("/") as [string, string];
        const allowed = includes(ports, { number: Number(number), protocol });
        return [pod, service!].map((address) => {
          const what = `${server.place.name}:${text}${address === pod ? "" : " by its Service"}`;
          const met = `${pod}:${number} ${protocol.toLowerCase()}`;
          if (protocol === "UDP")
            return probe(["UDP", what], `udp ${address} ${number}`, server.id, allowed, met);
          const [kind, how] = address === pod ? (["pod", "tcp"] as const) : (["Service", "service"] as const);
          return probe([kind, what], `${how} http://${address}:${number}/`, server.id, allowed, met);
        });
      }),
      probe(["ICMP", server.place.name], `icmp ${pod}`, "connected", isEveryPort(ports), `${pod} icmp`),
    ];
  });
  const nodePort = (port: number, title: string, entity: string, line = `tcp https://${node}:${port}/`) =>
    probe(
      [entity === "nodes" ? "node" : "API server", title],
      line,
      "connected",
      isOpen || byRule((end) => end === entity, port),
      `${node}:${port} tcp`,
    );
  const resolves = includes(to("kube-system/kube-dns"), dns);
  return [
    ...betweenPods,
    probe(
      ["DNS", "cluster DNS"],
      "dns kubernetes.default.svc.cluster.local.",
      "connected",
      resolves,
      dnsPackets,
    ),
    nodePort(6443, "API server by its Service", "kube-apiserver", `service https://${apiServer}:443/`),
    nodePort(6443, "API server", "kube-apiserver"),
    nodePort(10250, "kubelet", "nodes"),
    nodePort(2379, "etcd", "nodes"),
    nodePort(4244, "Hubble of the node", "nodes"),
    probe(["UDP", "node"], `udp ${node} ${nodeUdpPort}`, "node", isOpen, `${node}:${nodeUdpPort} udp`),
    probe(["ICMP", "node"], `icmp ${node}`, "connected", isOpen, `${node} icmp`),
    ...[...names].flatMap(([name, address]) => {
      const ports = to(numberOf(address));
      const byAddress = includes(ports, { number: 443, protocol: "TCP" });
      const byName = byRule((end) => matches(end, name), 443);
      const met = `${address}:443`;
      const named = probe(
        ["name", name],
        `tcp http://${name}:443/`,
        name,
        byAddress || (resolves && byName),
        `${met} tcp`,
      );
      const udp = includes(ports, { number: 443, protocol: "UDP" });
      return [
        // Without DNS it is asked for in vain, and the packet that is dropped is that of DNS.
        { ...named, allowed: named.allowed && resolves },
        // A client that may reach it by its name reaches its address too, once it has asked for the name.
        ...(byName ? [] : [probe(["address", address], `tcp http://${met}/`, name, byAddress, `${met} tcp`)]),
        probe(["UDP", address], `udp ${address} 443`, name, udp, `${met} udp`),
        probe(["ICMP", address], `icmp ${address}`, "connected", isEveryPort(ports), `${address} icmp`),
      ];
    }),
  ];
}

type Ports = Connection["ports"];

const includes = (ports: Ports, { number, protocol }: { number: number; protocol: string }): boolean =>
  ports.some((range) => range.protocol === protocol && range.first <= number && number <= range.last);

const isIn = (address: number, end: string | AddressRange): boolean =>
  typeof end !== "string" && end[0] <= address && address <= end[1];

const numberOf = (address: string): number =>
  address.split(".").reduce((number, part) => number * 256 + Number(part), 0);

/** Whether a pod is one of those that the end of a rule means. */
const isOf = (pod: Pod, { place, serviceAccount = pod.serviceAccount }: End): boolean =>
  isWithin(pod.place, place) && pod.serviceAccount === serviceAccount;

/** Whether all pods of a place are pods of the other. */
const isWithin = (place: NamedPlace, other: NamedPlace): boolean =>
  place.namespace === other.namespace &&
  Object.entries(other.labels).every(([key, value]) => place.labels[key] === value);

/** Whether a host is meant by a name of a rule, in which * stands for one label's letters. */
const matches = (pattern: string, name: string): boolean =>
  new RegExp(`^${pattern.replaceAll(".", "\\.").replaceAll("*", "[^.]*")}$`).test(name);

/** A probe in a line of a report. */
export const titleOf = ({ from, to }: Probe): string => `${from.title} -> ${to}`;
