import type { Reach } from "./reach.js";
import { caution, openLines, ruleText } from "./table.js";

/** A name in a form that Mermaid takes for a text and not for its own signs. */
function quoted(text: string): string {
  return `"${text.replaceAll("&", "#amp;").replaceAll('"', "#quot;").replaceAll("<", "#lt;").replaceAll(">", "#gt;")}"`;
}

/** Braces in a comment would make it a directive. */
function comment(text: string): string {
  return `  %% ${text.replace(/[{}]/g, "")}`;
}

/**
 * Who can reach whom, as a Mermaid flowchart (https://mermaid.js.org/syntax/flowchart.html): solid arrows are computed,
 * dotted ones are rules that are listed.
 */
export function asMermaid(reach: Reach): string {
  const warning = caution(reach);
  const rules = reach.rules.filter(({ kind }) => kind === "allows");
  const ends = [...reach.connections, ...rules].flatMap(({ from, to }) => [from, to]);
  const nodes = new Map([...new Set(ends)].sort().map((name, index) => [name, `n${index}`]));
  const namespaces = new Map<string, string[]>();
  for (const name of nodes.keys()) {
    const namespace = /^([a-z0-9-]+)(\/|$)/.exec(name)?.[1] ?? "";
    namespaces.set(namespace, [...(namespaces.get(namespace) ?? []), name]);
  }
  const arrow = (line: string, ports: readonly string[]) =>
    ports.length === 0 ? line : `${line}|${quoted(ports.join(", "))}|`;
  return [
    "flowchart LR",
    ...[...(warning ? [warning] : []), ...openLines(reach)].filter(Boolean).map(comment),
    ...(warning ? ['  audit["AUDIT: nothing of this is enforced"]'] : []),
    ...[...namespaces].flatMap(([namespace, names], index) => {
      const lines = names.map((name) => `${nodes.get(name)}[${quoted(name)}]`);
      if (namespace === "" || names.length === 1) return lines.map((line) => `  ${line}`);
      return [`  subgraph g${index}[${quoted(namespace)}]`, ...lines.map((line) => `    ${line}`), "  end"];
    }),
    ...reach.connections.map(
      ({ from, to, ports }) => `  ${nodes.get(from)} ${arrow("-->", ports)} ${nodes.get(to)}`,
    ),
    ...rules.map(({ from, to, ports }) => `  ${nodes.get(from)} ${arrow("-.->", ports)} ${nodes.get(to)}`),
    ...reach.rules
      .filter(({ kind }) => kind === "denies")
      .map((rule) => comment(`${rule.policy}: ${ruleText(rule)}`)),
    "",
  ].join("\n");
}
