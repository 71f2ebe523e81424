import ipaddr from "ipaddr.js";
import { z } from "zod";
import { choice, didYouMean } from "../../../components/common/mend.js";
import { isHostOrAddress } from "./names.js";
import { text, type Fault } from "./text.js";

/** A network in CIDR form without host bits; `check` judges it further. */
function cidr(description: string, check: (network: string) => string | undefined) {
  return text(
    description,
    (value) =>
      cidrProblem(value) ??
      (!hasHostBits(value)
        ? check(value)
        : { message: `${value} has host bits set`, mend: didYouMean(networkOf(value)) }),
  ).meta({ examples: ["10.244.0.0/16"] });
}

function cidrProblem(value: string): Fault | string | undefined {
  if (!value.includes("/"))
    return {
      message: `"${value}" has no prefix length`,
      mend: choice("write a network such as 10.244.0.0/16"),
    };
  const notCidr = `"${value}" is not a network in CIDR form such as 10.244.0.0/16`;
  if (!ipaddr.isValidCIDR(value) || value.includes("%")) return notCidr;
  if (value.includes(":")) return undefined;
  if (!/^(\d+\.){3}\d+\/\d+$/.test(value)) return notCidr;
  return leadingZero(value);
}

/** Some programs read 010 as ten and some as eight, so it is nobody's guess. */
function leadingZero(value: string): Fault | undefined {
  return /(^|[./])0\d/.test(value)
    ? {
        message: `${value} has a number that begins with 0, which some programs read as octal`,
        mend: choice("write the one that is meant"),
      }
    : undefined;
}

/** The network address of a CIDR, host bits cleared. */
function networkOf(value: string): string {
  const [address, prefix] = ipaddr.parseCIDR(value);
  const network =
    address.kind() === "ipv4"
      ? ipaddr.IPv4.networkAddressFromCIDR(value)
      : ipaddr.IPv6.networkAddressFromCIDR(value);
  return `${network.toString()}/${prefix}`;
}

/** However it is written: IPv6 has several ways. */
function hasHostBits(network: string): boolean {
  const address = ipaddr.parseCIDR(network)[0].toString();
  return networkOf(network).split("/")[0] !== address;
}

/** True when the two networks share an address. A bare address counts as a network of one. */
export function overlaps(a: string, b: string): boolean {
  const [left, right] = [a, b].map((value) =>
    value.includes("/")
      ? ipaddr.parseCIDR(value)
      : ([ipaddr.parse(value), ipaddr.parse(value).kind() === "ipv4" ? 32 : 128] as [ipaddr.IPv4, number]),
  ) as [[ipaddr.IPv4, number], [ipaddr.IPv4, number]];
  if (left[0].kind() !== right[0].kind()) return false;
  return left[0].match(right[0], Math.min(left[1], right[1]));
}

/** Also where clouds have their metadata service. */
const linkLocal = "169.254.0.0/16";

/** Networks whose addresses no host of a cluster can have, and what they are. */
const unusableNetworks: [network: string, what: string][] = [
  ["0.0.0.0/8", "means no host"],
  ["127.0.0.0/8", "never leaves a host (loopback)"],
  [linkLocal, "never leaves a link (link-local)"],
  ["224.0.0.0/4", "is for groups of hosts (multicast)"],
  ["240.0.0.0/4", "is reserved"],
];

function unusableReason(value: string): string | undefined {
  const found = unusableNetworks.find(([network]) => overlaps(network, value));
  return found && `${value} cannot be used: ${found[0]} ${found[1]}`;
}

const ipv4Only = (value: string) =>
  value.includes(":") ? `${value} is IPv6; this program sets up clusters with IPv4 alone` : undefined;

/**
 * A network of pods or of Services, IPv4 as Cilium is set up for.
 *
 * @param longest Longest prefix length: the least addresses that kubeadm accepts.
 * @param shortest Shortest prefix length that Kubernetes accepts.
 * @param why Why the bounds are these.
 */
export function clusterNetwork(
  description: string,
  { shortest, longest, why }: { shortest: number; longest: number; why: string },
): z.ZodString {
  return cidr(description, (network) => {
    const prefix = Number(network.slice(network.indexOf("/") + 1));
    return (
      ipv4Only(network) ??
      unusableReason(network) ??
      (prefix < shortest || prefix > longest
        ? `${network} has the wrong size: ${why}, so the prefix length is ${shortest} to ${longest}`
        : undefined)
    );
  });
}

/** A network that requests come from. Where host bits are set, the mend offered first is the narrow one. */
export function sourceNetwork(description: string): z.ZodString {
  return text(description, (value) => {
    const problem = cidrProblem(value);
    if (problem) return problem;
    if (!hasHostBits(value)) return undefined;
    const [address, prefix] = ipaddr.parseCIDR(value);
    const alone = `${address.toString()}/${address.kind() === "ipv4" ? 32 : 128}`;
    return {
      message: `${value} has host bits set`,
      mend: choice(`write ${alone} for that address alone, or ${networkOf(value)} for ${prefix} bits`),
    };
  }).meta({ examples: ["1.2.3.4/32"] });
}

/** What is wrong with a network outside the cluster that a flow begins or ends in. */
export function outsideProblem(network: string): string | undefined {
  const unusable = unusableNetworks.find(
    ([range]) => range !== linkLocal && overlaps(range, network) && within(network, range),
  );
  return (
    ipv4Only(network) ??
    // For its address alone, which may be a node's, there is no offer.
    (hasHostBits(network)
      ? `${network} has host bits set; the network is ${networkOf(network)}`
      : undefined) ??
    (unusable && `${network} cannot be used: ${unusable[0]} ${unusable[1]}`)
  );
}

/** Whether a network lies within another one that it overlaps. */
export function within(network: string, other: string): boolean {
  return Number(network.split("/")[1]) >= Number(other.split("/")[1]);
}

/** The address of a node, which other hosts connect to. */
export function nodeAddress(description: string): z.ZodString {
  return text(description, (value) => {
    if (ipaddr.IPv6.isValid(value)) return ipv4Only(value);
    if (!ipaddr.IPv4.isValidFourPartDecimal(value))
      return `"${value}" is not an IP address such as 192.168.1.133`;
    return leadingZero(value) ?? unusableReason(value);
  }).meta({ examples: ["192.168.1.133"] });
}

/** A host, as a name or an IPv4 address, and a port. */
export function hostAndPort(description: string, example: string): z.ZodString {
  const problem = (value: string): string | undefined => {
    const [, host = "", port] = /^(.*):(\d+)$/.exec(value) ?? [];
    const bare = host.replace(/^\[(.*:.*)\]$/, "$1");
    if (port === undefined || !isHostOrAddress(bare) || (bare === host && bare.includes(":")))
      return `"${value}" is not host:port such as ${example}`;
    return portProblem(port) ?? (bare.includes(":") ? ipv4Only(bare) : undefined);
  };
  return text(description, (value) => {
    const message = problem(value);
    return message && { message, mend: didYouMean(value.toLowerCase()) };
  }).meta({ examples: [example] });
}

/** Why other hosts and pods cannot connect to a host; undefined if they can, as far as its name or address tells. */
export function unreachableReason(host: string): string | undefined {
  if (host.includes(":")) return ipv4Only(host);
  if (isAddress(host)) return unusableReason(host);
  return isLoopbackName(host) ? `${host} never leaves a host (loopback)` : undefined;
}

/** localhost and each name below it (https://www.rfc-editor.org/rfc/rfc6761#section-6.3). */
function isLoopbackName(host: string): boolean {
  return /(^|\.)localhost\.?$/i.test(host);
}

/** Why a node cannot connect to a host; its own loopback it can. */
export function unreachableFromNode(host: string): string | undefined {
  const isOwn = isAddress(host) ? overlaps(host, "127.0.0.0/8") : isLoopbackName(host);
  return isOwn ? undefined : unreachableReason(host);
}

/** A port as a number. */
export const port = (description: string): z.ZodInt => z.int().min(1).max(65535).describe(description);

/** What is wrong with a port, written in decimal. */
export function portProblem(port: string): string | undefined {
  return Number(port) >= 1 && Number(port) <= 65535 && !port.startsWith("0")
    ? undefined
    : `${port} is not a port; ports are 1 to 65535`;
}

/**
 * A public resolver as host:port, or over HTTPS. Private resolvers would answer from a split-horizon zone
 * (https://github.com/cert-manager/cert-manager/issues/903).
 */
export function publicResolver(description: string): z.ZodString {
  return text(description, (value) => {
    const match = resolverPattern.exec(value);
    const address = match?.groups?.["https"] ?? match?.groups?.["dns"];
    if (!address || !(isAddress(address) || ipaddr.IPv6.isValid(address)))
      return `"${value}" is not an address with a port such as 1.1.1.1:53, nor one over HTTPS such as https://1.1.1.1/dns-query`;
    const port = match?.groups?.["port"];
    if (port !== undefined && portProblem(port)) return portProblem(port);
    if (address.includes(":")) return ipv4Only(address);
    const range = ipaddr.parse(address).range();
    return range === "unicast"
      ? undefined
      : `${value} is a ${range} address; the DNS-01 self-check needs a public resolver such as 1.1.1.1:53`;
  }).meta({ examples: ["1.1.1.1:53"] });
}

/** cert-manager takes a name after https:// as well, which it would have to resolve by the resolver that is in the way. */
const resolverPattern =
  /^(https:\/\/\[?(?<https>[0-9a-fA-F.:]+?)\]?\/[A-Za-z0-9/_-]+|\[?(?<dns>[0-9a-fA-F.:]+?)\]?:(?<port>\d+))$/;

/** Whether a host is an IPv4 address rather than a name. */
export function isAddress(host: string): boolean {
  return ipaddr.IPv4.isValidFourPartDecimal(host);
}

/** Whether a network is one of the internet's. */
export function isPublic(network: string): boolean {
  const [address] = ipaddr.parseCIDR(network);
  return address.range() === "unicast";
}
