import { fitted, tableLines, wrap } from "../kit/table.js";
import type { Reach } from "./reach.js";
import type { ListedRule } from "./listedRule.js";

/** What has to be said before anybody believes the rest. */
export function caution({ enforcement }: Pick<Reach, "enforcement">): string | undefined {
  return enforcement === "audit"
    ? "AUDIT: network.enforcement is audit, so Cilium enforces no policy at all: every pod reaches every other meanwhile. " +
        "This is what will hold under enforce."
    : undefined;
}

/** Where a connection leads, as people write it: `n8n:5678`, `kube-system/kube-dns:53,53/UDP`. */
export function target(to: string, ports: readonly string[]): string {
  const place = /[:, ]/.test(to) ? `(${to})` : to;
  return ports.length === 0 || ports[0] === "any" ? `${place}:any` : `${place}:${ports.join(",")}`;
}

/** What is listed of rules that take no part in what is computed. */
const listedTitle =
  "Rules that are listed and not computed (Cilium's own, and what of NetworkPolicies depends on more than policies)";

/** A rule in one line, without its policy. */
export function ruleText({ kind, from, to, ports, requests }: ListedRule): string {
  const narrowed = requests.length > 0 ? ` (${requests.join(", ")})` : "";
  return `${kind === "denies" ? "denies " : ""}${from} -> ${target(to, ports)}${narrowed}`;
}

/**
 * Who can reach whom, as a text.
 *
 * @param width Most columns of a line. Default: no limit.
 */
export function asTable(reach: Reach, width = Infinity): string {
  const warning = caution(reach);
  const of = reach.source === undefined ? "" : ` from ${reach.source}`;
  const text = [
    ...(warning ? [warning, ""] : []),
    `Reach in ${reach.stack}${of} by its NetworkPolicies; ports are those of pods, TCP where nothing else is said:`,
    "",
    ...table(
      ["from", "to", "ports"],
      reach.connections.map(({ from, to, ports }) => [from, to, ports.join(", ")]),
      width,
    ),
    "",
    ...openLines(reach),
    ...(reach.rules.length > 0
      ? [
          `${listedTitle}:`,
          "",
          ...table(
            ["from", "to", "ports", "policy"],
            reach.rules.map(({ kind, from, to, ports, requests, policy }) => [
              from,
              to,
              [
                kind === "denies" ? "denied: " : "",
                ports.length > 0 ? ports.join(", ") : "any",
                requests.length > 0 ? ` (${requests.join(", ")})` : "",
              ].join(""),
              policy,
            ]),
            width,
          ),
          "",
        ]
      : []),
    ...(reach.flows.length > 0
      ? [
          "Flows of the settings, and the policies made from them:",
          "",
          ...table(
            ["flow", "policies"],
            reach.flows.map(({ sentence, policies }) => [sentence, policies.join(", ")]),
            width,
          ),
          "",
        ]
      : []),
    "Everything else is denied, except traffic from a pod's own node, which Cilium always allows.",
    "",
  ].join("\n");
  return fitted(text, width);
}

/** What is not isolated, in sentences. */
export function openLines({ open, source }: Reach): string[] {
  if (open.out.length === 0) return [];
  const out = `Not isolated, so open to any address and to one another: ${open.out.join("; ")}`;
  if (source !== undefined) {
    return [`Not isolated: it also reaches any address and all of: ${open.in.join("; ")}`, ""];
  }
  return JSON.stringify(open.out) === JSON.stringify(open.in)
    ? [out, ""]
    : [
        `May open any connection to any address, and to what may be reached by anybody: ${open.out.join("; ")}`,
        `May be reached by anybody: ${open.in.join("; ")}`,
        "",
      ];
}

/** Names in a column that is narrower are broken more than once. */
const narrowestColumn = 12;

/** A table, or where its columns would be too narrow, a line for each cell. */
function table(head: readonly string[], rows: readonly (readonly string[])[], width: number): string[] {
  if (rows.length === 0) return ["  nothing"];
  if (width / head.length >= narrowestColumn + 2)
    return tableLines([head, ...rows], { width, indent: 2 }).flat();
  const titleWidth = Math.max(...head.map(({ length }) => length));
  return rows.flatMap((row, index) => [
    ...(index > 0 ? [""] : []),
    ...row.flatMap((cell, column) => wrap(cell, width, `  ${head[column]!.padEnd(titleWidth)}  `)),
  ]);
}
