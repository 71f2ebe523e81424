import { addressNames, type AddressRange } from "./addresses.js";
import type { Connection } from "./analyzer.js";
import { ciliumRules } from "./ciliumRules.js";
import { elsewhere, type PodGroups } from "./podGroups.js";
import { qualifiedName, type PolicySet } from "./policies.js";
import { inBoth, isEveryPort, portNames, without, type PortRange } from "./ports.js";
import { inOrder, type ListedRule } from "./listedRule.js";
import { standardRules } from "./standardRules.js";

/** A connection in words. */
export interface ConnectionRow {
  from: string;
  to: string;
  /** As {@link portNames} has them: ports of pods, not of Services. */
  ports: string[];
}

/** Who can reach whom. */
export interface Reach {
  stack: string;
  /** Whether Cilium enforces the policies. Default: enforce. */
  enforcement?: "enforce" | "audit";
  /** What was asked for, where it was not everything. */
  source?: string;
  /** Pods that may open any connection, and those that may be reached by any, as far as the other end lets them. */
  open: { out: string[]; in: string[] };
  /** What else NetworkPolicies let through. */
  connections: ConnectionRow[];
  /** What is said by rules that are listed, not computed. */
  rules: ListedRule[];
  /** Flows of the settings, as they are written there, and the policies made from them. */
  flows: { sentence: string; policies: string[] }[];
}

/** Rules that netpol-analyzer does not know, as they are written. */
export function listedRules({ standard, cilium }: PolicySet, podGroups: PodGroups): ListedRule[] {
  const nameOf = podGroups.nameOf.bind(podGroups);
  return inOrder([
    ...standard.flatMap((policy) => standardRules(policy, nameOf)),
    ...cilium.flatMap((policy) => ciliumRules(policy, nameOf)),
  ]);
}

/** Places without policies of their own for a direction: they reach everywhere, or everywhere reaches them. */
export function openPodGroups(connections: readonly Connection[]): { out: Set<string>; in: Set<string> } {
  const open = { out: new Set([elsewhere]), in: new Set([elsewhere]) };
  for (const { from, to, ports } of connections) {
    if (!isEveryPort(ports) || typeof from !== "string" || typeof to !== "string") continue;
    if (to === elsewhere) open.out.add(from);
    if (from === elsewhere) open.in.add(to);
  }
  return open;
}

/** Whether it goes without saying, because neither end is isolated. */
export function isOpen(
  { from, to, ports }: Connection,
  open: { out: ReadonlySet<string>; in: ReadonlySet<string> },
): boolean {
  const fromOpen = typeof from !== "string" || open.out.has(from);
  const toOpen = typeof to !== "string" || open.in.has(to);
  return isEveryPort(ports) && fromOpen && toOpen;
}

/**
 * Connections in few rows: what every pod of a namespace may do is said once, and addresses are joined.
 *
 * @param source Pod group whose connections are shown as its own, even where its whole namespace has them.
 */
export function rowsOf(
  connections: readonly Connection[],
  podGroups: PodGroups,
  source?: string,
): ConnectionRow[] {
  const namespaces = new Map<string, string[]>();
  for (const { namespace, name } of podGroups.list()) {
    namespaces.set(namespace, [...(namespaces.get(namespace) ?? []), name]);
  }
  const mayFold = ([namespace, names]: [string, string[]]) =>
    names.length > 1 && (source === undefined || source === namespace || !names.includes(source));
  let cells = connections;
  for (const [namespace, names] of [...namespaces].filter(mayFold)) {
    cells = fold(cells, "from", namespace, names);
  }
  for (const [namespace, names] of [...namespaces].filter(([, names]) => names.length > 1)) {
    cells = fold(cells, "to", namespace, names);
  }
  return withAddresses(cells);
}

/** Moves what all pods of a namespace have in common to the namespace's own row. */
function fold(
  cells: readonly Connection[],
  side: "from" | "to",
  namespace: string,
  names: readonly string[],
): Connection[] {
  const other = side === "from" ? "to" : "from";
  const rest: Connection[] = [];
  const groups = new Map<string, Map<string, Connection>>();
  for (const cell of cells) {
    const end = cell[side];
    if (typeof end !== "string" || !names.includes(end)) {
      rest.push(cell);
      continue;
    }
    const key = JSON.stringify(cell[other]);
    const group = groups.get(key) ?? new Map<string, Connection>();
    groups.set(key, group.set(end, cell));
  }
  for (const group of groups.values()) {
    const common = names
      .map((name): readonly PortRange[] => group.get(name)?.ports ?? [])
      .reduce((left, ports) => inBoth(left, ports));
    for (const [name, cell] of group) {
      const ports = without(cell.ports, common);
      if (ports.length === 0) continue;
      rest.push({ ...cell, ports, [side]: name === namespace ? othersOf(namespace) : name });
    }
    const [any] = group.values();
    if (common.length > 0) rest.push({ ...any!, ports: common, [side]: namespace });
  }
  return rest;
}

/** Pods of a namespace that no policy tells apart. */
function othersOf(namespace: string): string {
  return `other pods of ${namespace}`;
}

/** Names addresses, those with the same ports together; in order. */
function withAddresses(cells: readonly Connection[]): ConnectionRow[] {
  const rows: ConnectionRow[] = [];
  const groups = new Map<string, { row: ConnectionRow; ranges: AddressRange[]; side: "from" | "to" }>();
  for (const { from, to, ports } of cells) {
    const row = { from: String(from), to: String(to), ports: portNames(ports) };
    if (typeof from === "string" && typeof to === "string") {
      rows.push(row);
      continue;
    }
    const side = typeof from === "string" ? "to" : "from";
    const key = JSON.stringify([side, side === "to" ? from : to, row.ports]);
    const group = groups.get(key) ?? { row, ranges: [], side };
    group.ranges.push((side === "to" ? to : from) as AddressRange);
    groups.set(key, group);
  }
  for (const { row, ranges, side } of groups.values()) rows.push({ ...row, [side]: addressNames(ranges) });
  const key = ({ from, to }: ConnectionRow) => `${from}\n${to}`;
  return rows.sort((a, b) => (key(a) < key(b) ? -1 : 1));
}

/** The pod groups, with namespaces whose pods are all among them in place of each. */
export function grouped(names: ReadonlySet<string>, podGroups: PodGroups): string[] {
  const list = podGroups.list();
  return list
    .filter(({ name, namespace }) => names.has(name) && (name === namespace || !names.has(namespace)))
    .map(({ name, namespace }) => {
      const except = list.filter((other) => other.namespace === namespace && !names.has(other.name));
      const apps = except.map((other) => other.name.slice(namespace.length + 1));
      return name === namespace && apps.length > 0 ? `${name} (but for ${apps.join(", ")})` : name;
    });
}

/** Flows that policies are annotated with; of those of one namespace alone, where it is given. */
function flowsOf({ standard, cilium }: PolicySet, namespace?: string): Reach["flows"] {
  const policies = new Map<string, Set<string>>();
  for (const policy of [...standard, ...cilium]) {
    if (namespace !== undefined && policy.namespace !== namespace) continue;
    for (const sentence of policy.sentences) {
      policies.set(sentence, (policies.get(sentence) ?? new Set()).add(qualifiedName(policy)));
    }
  }
  return [...policies.keys()]
    .sort()
    .map((sentence) => ({ sentence, policies: [...policies.get(sentence)!].sort() }));
}

/** Puts together what is shown; of one pod group alone, where a source is given. */
export function reachOf(
  set: PolicySet,
  { connections, podGroups }: { connections: readonly Connection[]; podGroups: PodGroups },
  { stack, enforcement, source }: Pick<Reach, "stack" | "enforcement" | "source">,
): Reach {
  const open = openPodGroups(connections);
  const namespace = podGroups.list().find(({ name }) => name === source)?.namespace;
  const isSource = (name: unknown) =>
    source === undefined ||
    name === source ||
    // A namespace alone stands for all its pods.
    (source === namespace && typeof name === "string" && name.startsWith(`${source}/`));
  const isRuleOfSource = (from: string) =>
    isSource(from) ||
    from === namespace ||
    from === "every pod" ||
    (namespace !== undefined &&
      [`${namespace} as `, `${source} as `].some((start) => from.startsWith(start)));
  const shown = connections.filter(({ from, ...rest }) => isSource(from) && !isOpen({ from, ...rest }, open));
  const outward = new Set([...open.out].filter(isSource));
  return {
    stack,
    ...(enforcement ? { enforcement } : {}),
    ...(source !== undefined ? { source } : {}),
    open: {
      out: grouped(outward, podGroups),
      in: source === undefined || outward.size > 0 ? grouped(open.in, podGroups) : [],
    },
    connections: rowsOf(shown, podGroups, source),
    rules: listedRules(set, podGroups).filter(({ from }) => isRuleOfSource(from)),
    flows: flowsOf(set, namespace),
  };
}
