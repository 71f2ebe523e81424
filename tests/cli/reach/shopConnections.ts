import { parseRange } from "../../../cli/reach/addresses.js";
import type { Connection, End } from "../../../cli/reach/analyzer.js";
import { elsewhere, PodGroups } from "../../../cli/reach/podGroups.js";
import { policySet } from "../../../cli/reach/policies.js";
import { parsePorts } from "../../../cli/reach/ports.js";
import { reachOf, type Reach } from "../../../cli/reach/reach.js";
import { shop } from "./policies.js";

export const all = "All Connections";
export const world = "0.0.0.0-255.255.255.255";

export function connections(...rows: [from: string, to: string, ports: string][]): Connection[] {
  const end = (text: string): End => parseRange(text) ?? text;
  return rows.map(([from, to, ports]) => ({ from: end(from), to: end(to), ports: parsePorts(ports) }));
}

/** What the analyzer would say of pod groups that are not isolated. */
export function open(...names: string[]): Connection[] {
  const ends = [...names, elsewhere];
  return ends.flatMap((from) =>
    connections(
      ...ends.map((to): [string, string, string] => [from, to, all]),
      [from, world, all],
      [world, from, all],
    ),
  );
}

export const set = policySet(shop);
export const podGroups = new PodGroups([set]);
export const outside = ["gateway", "kube-system", "kube-system/kube-dns"];
export const shopConnections = [
  ...open(...outside),
  ...connections(
    ["gateway", "shop/web", "TCP 8080"],
    ["shop/web", "shop/db", "TCP 5432"],
    ["shop/web", "203.0.113.0-203.0.113.127", "TCP 443"],
    ["shop/web", "203.0.113.128-203.0.113.255", "TCP 443"],
    ...["shop", "shop/db", "shop/web"].map((from): [string, string, string] => [
      from,
      "kube-system/kube-dns",
      "TCP 53,UDP 53",
    ]),
  ),
];
export const shown = (options: Partial<Reach> = {}) =>
  reachOf(set, { connections: shopConnections, podGroups }, { stack: "home", ...options });
