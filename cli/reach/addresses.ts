import ipaddr from "ipaddr.js";
import { nonPublicNetworks } from "../../components/network/isolation/peers.js";

/** IPv4 addresses as numbers, first and last included. */
export type AddressRange = readonly [first: number, last: number];

const lastAddress = 2 ** 32 - 1;

/** What a policy leaves out that allows the internet. */
const notInternet = joined(nonPublicNetworks["0.0.0.0/0"].map(rangeOf));

/** Reads addresses as netpol-analyzer writes them, `10.0.0.0-10.255.255.255`; undefined for anything else. */
export function parseRange(text: string): AddressRange | undefined {
  const ends = text.split("-");
  if (ends.length !== 2 || !ends.every((end) => ipaddr.IPv4.isValidFourPartDecimal(end))) return undefined;
  return [numberOf(ends[0]!), numberOf(ends[1]!)];
}

/** The ranges in order, with those that touch joined. */
export function joined(ranges: readonly AddressRange[]): AddressRange[] {
  const result: AddressRange[] = [];
  for (const [first, last] of [...ranges].sort(([a], [b]) => a - b)) {
    const before = result.at(-1);
    if (before && first <= before[1] + 1) result[result.length - 1] = [before[0], Math.max(before[1], last)];
    else result.push([first, last]);
  }
  return result;
}

/** Addresses in words: networks, or all but some networks, whichever is shorter. */
export function addressNames(ranges: readonly AddressRange[]): string {
  const merged = joined(ranges);
  const rest = othersThan(merged);
  if (rest.length === 0) return "any address";
  if (JSON.stringify(rest) === JSON.stringify(notInternet)) return "internet";
  const [inside, outside] = [merged.flatMap(networks), rest.flatMap(networks)];
  return inside.length <= outside.length ? inside.join(", ") : `any address but ${outside.join(", ")}`;
}

function othersThan(ranges: readonly AddressRange[]): AddressRange[] {
  const result: AddressRange[] = [];
  let next = 0;
  for (const [first, last] of ranges) {
    if (first > next) result.push([next, first - 1]);
    next = last + 1;
  }
  if (next <= lastAddress) result.push([next, lastAddress]);
  return result;
}

/** The fewest networks that make up the range. */
function networks([first, last]: AddressRange): string[] {
  const result: string[] = [];
  while (first <= last) {
    let size = first === 0 ? 2 ** 32 : lowestBit(first);
    while (first + size - 1 > last) size /= 2;
    const length = 32 - Math.log2(size);
    result.push(length === 32 ? textOf(first) : `${textOf(first)}/${length}`);
    first += size;
  }
  return result;
}

function lowestBit(number: number): number {
  let bit = 1;
  while (number % (bit * 2) === 0) bit *= 2;
  return bit;
}

function rangeOf(cidr: string): AddressRange {
  const [address, length] = cidr.split("/") as [string, string];
  const first = numberOf(address);
  return [first, first + 2 ** (32 - Number(length)) - 1];
}

function numberOf(address: string): number {
  return ipaddr.IPv4.parse(address).octets.reduce((number, octet) => number * 256 + octet, 0);
}

function textOf(number: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256).join(".");
}

/** The boundaries of ranges, so that ranges cut there never overlap in part. */
export function cutAt([first, last]: AddressRange, starts: readonly number[]): AddressRange[] {
  const cuts = [first, ...starts.filter((start) => start > first && start <= last)];
  return cuts.map((start, index) => [start, (cuts[index + 1] ?? last + 1) - 1]);
}
