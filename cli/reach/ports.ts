/** Ports of one protocol, first and last included. */
export interface PortRange {
  protocol: string;
  first: number;
  last: number;
}

const protocols = ["SCTP", "TCP", "UDP"];

/** Every port of every protocol that policies know. */
export const everyPort: readonly PortRange[] = protocols.map((protocol) => ({
  protocol,
  first: 1,
  last: 65535,
}));

/**
 * Reads ports as netpol-analyzer writes them: `TCP 80,8000-8010,UDP 53`, `All Connections`.
 *
 * @throws Error for anything else: its output would have been misunderstood.
 */
export function parsePorts(text: string): PortRange[] {
  if (text === "All Connections") return [...everyPort];
  if (text === "No Connections") return [];
  let protocol: string | undefined;
  return text.split(",").map((part) => {
    const match = /^(?:([A-Z]+) )?(\d+)(?:-(\d+))?$/.exec(part);
    protocol = match?.[1] ?? protocol;
    if (!match || !protocol) throw new Error(`netpol-analyzer wrote ports that are not understood: ${text}`);
    return { protocol, first: Number(match[2]), last: Number(match[3] ?? match[2]) };
  });
}

/** The ports of the first that are not among the second. */
export function without(ports: readonly PortRange[], others: readonly PortRange[]): PortRange[] {
  let left = [...ports];
  for (const { protocol, first, last } of others) {
    left = left.flatMap((range) => {
      if (range.protocol !== protocol || range.last < first || last < range.first) return [range];
      return [
        { ...range, last: first - 1 },
        { ...range, first: last + 1 },
      ].filter((part) => part.first <= part.last);
    });
  }
  return left;
}

/** The ports that are among both. */
export function inBoth(ports: readonly PortRange[], others: readonly PortRange[]): PortRange[] {
  return without(ports, without(ports, others));
}

export function isEveryPort(ports: readonly PortRange[]): boolean {
  return without(everyPort, ports).length === 0;
}

/** Ports in words: `80` is of TCP, `53/UDP` names its protocol; TCP comes first. */
export function portNames(ports: readonly PortRange[]): string[] {
  if (isEveryPort(ports)) return ["any"];
  const rank = ({ protocol }: PortRange) => (protocol === "TCP" ? "" : protocol);
  return [...ports]
    .sort((a, b) => (rank(a) === rank(b) ? a.first - b.first : rank(a) < rank(b) ? -1 : 1))
    .map(({ protocol, first, last }) => portName(protocol, first, last === first ? undefined : last));
}

/** `80`, `8000-8010`, `53/UDP`: a port in words, as a policy may have it. */
export function portName(protocol: string, port: string | number, endPort?: number): string {
  const numbers = endPort ? `${port}-${endPort}` : String(port);
  return protocol === "TCP" ? numbers : `${numbers}/${protocol}`;
}
