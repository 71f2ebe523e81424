import { styleText } from "node:util";
import type { Operation } from "./engine/events.js";
import { resourceName } from "./providers/host.js";
import type { PropertyChange } from "./changes.js";
import { chartsUsed } from "./chartsUsed.js";
import type { Plan } from "./plan.js";
import type { Violation } from "./violations.js";

const signs: Record<Operation, string> = { create: "+", update: "~", replace: "±", delete: "-", same: " " };
const changeSigns = { add: "+", delete: "-", update: "~" };
const colours = {
  create: "green",
  update: "yellow",
  replace: "magenta",
  delete: "red",
  same: "dim",
} as const;

type Resource = Plan["resources"][number];
type Paint = (colour: Parameters<typeof styleText>[0], text: string) => string;

/** The plan as a text: the tree of resources, what there is to say about it, and the sum. */
export function renderPlan(plan: Plan, options: { colour: boolean }): string {
  const paint: Paint = (colour, text) => (options.colour ? styleText(colour, text) : text);
  const short = shortNames(plan);
  const violation = ({ policy, urn, message }: Violation) =>
    `${policy}: ${short(urn)}\n    ${message.replaceAll("\n", "\n    ")}`;
  return [
    tree(plan, paint),
    section(
      "Stack outputs",
      plan.outputs.map(({ name, kind }) => `${changeSigns[kind]} ${name}`),
    ),
    section("Who can reach whom", plan.reach),
    section("Notes", plan.notes),
    section("Values to give before applying", plan.missing),
    section("Charts rendered and judged", chartsUsed(plan.releases)),
    section(
      "Charts not inspected (npm run tools fetches those of Cilium, cert-manager, Sealed Secrets and Harbor; the others come by --charts)",
      plan.releases
        .filter(({ archive }) => archive === undefined)
        .map(
          ({ urn, chart, version, name, namespace }) =>
            `${namespace}/${name}: ${chart} ${version}` +
            (plan.uncompared.includes(urn) ? "; its objects are not compared with the program's" : ""),
        ),
    ),
    section("Advice", plan.advice.map(violation)),
    section("Violations", plan.violations.map(violation), (text) => paint("red", text)),
    `${summaryLine(plan)}\n`,
  ]
    .filter(Boolean)
    .join("\n");
}

function section(title: string, lines: string[], paint = (text: string) => text): string {
  return lines.length === 0 ? "" : `${paint(`${title}:`)}\n${lines.map((line) => `  ${line}\n`).join("")}`;
}

function summaryLine({ stack, base, summary, violations }: Plan): string {
  const { create, update, replace, delete: gone, same } = summary;
  const counts = [
    `${create} to create`,
    `${update} to update`,
    `${replace} to replace`,
    `${gone} to delete`,
    `${same} unchanged`,
    `${violations.length} violations`,
  ];
  return `${stack}${base ? ` from ${base}` : ""}: ${counts.join(", ")}`;
}

/** Components with what they contain. Compared with a base, what does not change is left out. */
function tree({ resources, base }: Plan, paint: Paint): string {
  const byUrn = new Map(resources.map((resource) => [resource.urn, resource]));
  const shown = new Set<string>();
  for (const resource of resources) {
    if (base !== undefined && resource.operation === "same") continue;
    for (let next: Resource | undefined = resource; next; next = byUrn.get(next.parent ?? ""))
      shown.add(next.urn);
  }
  const children = new Map<string, Resource[]>();
  for (const resource of resources) {
    if (!shown.has(resource.urn)) continue;
    const parent = resource.parent !== undefined && byUrn.has(resource.parent) ? resource.parent : "";
    children.set(parent, [...(children.get(parent) ?? []), resource]);
  }

  const lines: string[] = [];
  const draw = (resource: Resource, head: string, tail: string) => {
    const below = [...(children.get(resource.urn) ?? [])].sort(byName);
    const { operation, type, urn, takesOver } = resource;
    const how = takesOver && operation !== "same" ? `${operation}, takes over` : operation;
    const text = `${signs[operation]} ${resourceName(urn)}`;
    lines.push(`${head}${paint(colours[operation], text)}  ${paint("dim", shortType(type))}  ${how}`);
    for (const line of resource.changes.flatMap(describe))
      lines.push(`${tail}${below.length ? "│" : " "}   ${line}`);
    below.forEach((child, index) => {
      const last = index === below.length - 1;
      draw(child, `${tail}${last ? "└─ " : "├─ "}`, `${tail}${last ? "   " : "│  "}`);
    });
  };
  // An old provider or resource without a parent stands next to the stack.
  for (const root of [...(children.get("") ?? [])].sort(byName)) draw(root, "", "");

  const hidden = resources.length - shown.size;
  if (hidden > 0) lines.push(`${hidden} unchanged resources are not shown`);
  return `${lines.join("\n")}\n`;
}

function byName(a: Resource, b: Resource): number {
  const [left, right] = [`${resourceName(a.urn)}\n${a.type}`, `${resourceName(b.urn)}\n${b.type}`];
  return left < right ? -1 : left > right ? 1 : 0;
}

function describe({ path, kind, replaces, before, after }: PropertyChange): string[] {
  const sign = changeSigns[kind];
  const why = replaces ? "  (replaces)" : "";
  if (before.length <= 1 && after.length <= 1) {
    const values = kind === "update" ? `${before[0]} → ${after[0]}` : (after[0] ?? before[0]);
    return [`${sign} ${path}: ${values}${why}`];
  }
  return [
    `${sign} ${path}:${why}`,
    ...before.map((line) => `    - ${line}`),
    ...after.map((line) => `    + ${line}`),
  ];
}

/** `random:index/randomPassword:RandomPassword` → `random:RandomPassword`, as Pulumi's own display has it. */
function shortType(type: string): string {
  const [packageName, module, name] = type.split(":");
  if (module === undefined || name === undefined) return type;
  const [folder, file] = module.split("/");
  const repeats = file !== undefined && file.toLowerCase() === name.toLowerCase();
  if (!repeats) return type;
  return folder === "index" ? `${packageName}:${name}` : `${packageName}:${folder}:${name}`;
}

/** The path of names from the component down to the resource. */
function shortNames({ resources }: Plan): (urn: string) => string {
  const parents = new Map(resources.map(({ urn, parent }) => [urn, parent]));
  return (urn) => {
    const names: string[] = [];
    for (let next: string | undefined = urn; next; next = parents.get(next))
      names.unshift(resourceName(next));
    // The stack is the same for all.
    return (names.length > 1 ? names.slice(1) : names).join(" > ");
  };
}

/** The plan for machines. */
export function planAsJson({ summary, resources, violations, releases }: Plan): string {
  const listed = resources.map(({ urn, type, operation, takesOver }) => ({
    ...{ urn, type, operation },
    ...(takesOver && { takesOver }),
  }));
  return `${JSON.stringify({ summary, resources: listed, violations, charts: chartsUsed(releases) }, undefined, 2)}\n`;
}
