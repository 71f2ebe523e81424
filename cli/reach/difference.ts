import { cutAt, type AddressRange } from "./addresses.js";
import type { Connection } from "./analyzer.js";
import type { PodGroups } from "./podGroups.js";
import type { PolicySet } from "./policies.js";
import { without, type PortRange } from "./ports.js";
import { grouped, isOpen, listedRules, openPodGroups, rowsOf, type ConnectionRow } from "./reach.js";
import type { ListedRule } from "./listedRule.js";
import { ruleText, target } from "./table.js";

/** One state of the policies, and what the analyzer says of it. */
export interface PolicyState {
  set: PolicySet;
  connections: readonly Connection[];
}

/** What changes about who can reach whom, a line each; none where nothing does. */
export function differenceOf(before: PolicyState, after: PolicyState, podGroups: PodGroups): string[] {
  const [was, is] = [openPodGroups(before.connections), openPodGroups(after.connections)];
  const opened: Connection[] = [];
  const closed: Connection[] = [];
  const kept: Connection[] = [];
  for (const [old, next] of inPairs(before.connections, after.connections)) {
    const [wasOpen, isNowOpen] = [isOpen(old, was), isOpen(next, is)];
    // Where isolation begins or ends, that is said once, and not of every connection.
    if (wasOpen && !isNowOpen) kept.push(next);
    if (wasOpen !== isNowOpen) continue;
    opened.push({ ...next, ports: without(next.ports, old.ports) });
    closed.push({ ...old, ports: without(old.ports, next.ports) });
  }
  const rows = (connections: Connection[]) =>
    rowsOf(
      connections.filter(({ ports }) => ports.length > 0),
      podGroups,
    );
  const rules = ruleChanges(listedRules(before.set, podGroups), listedRules(after.set, podGroups));
  const [openedRows, closedRows] = [rows(opened), rows(closed)];
  // What only moves between what is computed and what is listed: a flow to a host by name, for instance, brings a rule of
  // Cilium's for DNS in place of the standard one.
  const [fromRules, opens] = divided(openedRows, isAmong(rules.closes));
  const [intoRules, closes] = divided(closedRows, isAmong(rules.opens));
  const isolated = isolationOf(was, is);
  const freed = isolationOf(is, was);
  // A rule opens nothing where everything was open, and closes nothing where everything is going to be.
  const isAbout = ({ into, outOf }: typeof isolated) => {
    return ({ subject, from, to }: ListedRule) =>
      subject === "to" ? into.has(to) : outOf.has(from.replace(/ as .*/, ""));
  };
  const [keeps, opensByRule] = divided(rules.opens.filter(isUnmatched(closedRows)), isAbout(isolated));
  const [, closesByRule] = divided(rules.closes.filter(isUnmatched(openedRows)), isAbout(freed));
  return [
    ...isolationLines(
      isolated,
      podGroups,
      (to, place) => `closes everything ${to} ${place} that is not allowed`,
    ),
    ...[...rows(kept).map(rowText), ...keeps.map(ruleLine)].map((line) => `still allows ${line}`),
    ...isolationLines(
      freed,
      podGroups,
      (to, place) => `opens everything ${to} ${place}: it is isolated no longer`,
    ),
    ...[...closes.map(rowText), ...closesByRule.map(ruleLine)].map((line) => `closes ${line}`),
    ...[...opens.map(rowText), ...opensByRule.map(ruleLine)].map((line) => `opens ${line}`),
    ...[...fromRules, ...intoRules].map((row) => `goes on, by another kind of policy: ${rowText(row)}`),
  ];
}

/** Every connection of either state with its counterpart in the other; addresses are cut where either cuts them. */
function inPairs(before: readonly Connection[], after: readonly Connection[]): [Connection, Connection][] {
  const ranges = [...before, ...after].flatMap(({ from, to }) =>
    [from, to].filter((end): end is AddressRange => typeof end !== "string"),
  );
  const starts = [...new Set(ranges.flatMap(([first, last]) => [first, last + 1]))].sort((a, b) => a - b);
  const pairs = new Map<string, { end: Connection; ports: [readonly PortRange[], readonly PortRange[]] }>();
  [before, after].forEach((connections, side) => {
    for (const { from, to, ports } of connections) {
      const froms = typeof from === "string" ? [from] : cutAt(from, starts);
      const tos = typeof to === "string" ? [to] : cutAt(to, starts);
      for (const end of froms.flatMap((from) => tos.map((to) => ({ from, to, ports })))) {
        const key = JSON.stringify([end.from, end.to]);
        const pair = pairs.get(key) ?? { end, ports: [[], []] };
        pair.ports[side] = ports;
        pairs.set(key, pair);
      }
    }
  });
  return [...pairs.values()].map(({ end, ports: [old, next] }) => [
    { ...end, ports: old },
    { ...end, ports: next },
  ]);
}

/** Pod groups that are isolated in one state alone, by direction. */
function isolationOf(
  was: ReturnType<typeof openPodGroups>,
  is: ReturnType<typeof openPodGroups>,
): { into: Set<string>; outOf: Set<string> } {
  const gone = (before: Set<string>, after: Set<string>) =>
    new Set([...before].filter((place) => !after.has(place)));
  return { into: gone(was.in, is.in), outOf: gone(was.out, is.out) };
}

function isolationLines(
  { into, outOf }: ReturnType<typeof isolationOf>,
  podGroups: PodGroups,
  line: (direction: string, place: string) => string,
): string[] {
  const both = new Set([...into].filter((place) => outOf.has(place)));
  const only = (names: Set<string>) => new Set([...names].filter((place) => !both.has(place)));
  return [
    ...grouped(both, podGroups).map((place) => line("into and out of", place)),
    ...grouped(only(into), podGroups).map((place) => line("into", place)),
    ...grouped(only(outOf), podGroups).map((place) => line("out of", place)),
  ];
}

/** Rules that are there in one state alone, whichever policy they stand in. */
function ruleChanges(
  before: readonly ListedRule[],
  after: readonly ListedRule[],
): { opens: ListedRule[]; closes: ListedRule[] } {
  const key = ({ policy: _, ...rule }: ListedRule) => JSON.stringify(rule);
  const missingIn = (others: readonly ListedRule[]) => {
    const keys = new Set(others.map(key));
    return (rule: ListedRule) => !keys.has(key(rule));
  };
  const gone = before.filter(missingIn(after));
  const come = after.filter(missingIn(before));
  const denies = ({ kind }: ListedRule) => kind === "denies";
  const allows = ({ kind }: ListedRule) => kind === "allows";
  return {
    opens: [...come.filter(allows), ...gone.filter(denies)],
    closes: [...gone.filter(allows), ...come.filter(denies)],
  };
}

function divided<T>(items: readonly T[], test: (item: T) => boolean): [those: T[], others: T[]] {
  return [items.filter(test), items.filter((item) => !test(item))];
}

function isAmong(rules: readonly ListedRule[]): (row: ConnectionRow) => boolean {
  return (row) => rules.some((rule) => isSame(row, rule));
}

function isUnmatched(rows: readonly ConnectionRow[]): (rule: ListedRule) => boolean {
  return (rule) => !rows.some((row) => isSame(row, rule));
}

function isSame({ from, to, ports }: ConnectionRow, rule: ListedRule): boolean {
  const narrows = rule.requests.some((request) => request !== "DNS *");
  const isSamePorts = JSON.stringify([...ports].sort()) === JSON.stringify([...rule.ports].sort());
  return rule.kind === "allows" && !narrows && rule.from === from && rule.to === to && isSamePorts;
}

function rowText({ from, to, ports }: ConnectionRow): string {
  return `${from} -> ${target(to, ports)}`;
}

function ruleLine(rule: ListedRule): string {
  return `${ruleText(rule)} (listed, not computed: ${rule.policy})`;
}
