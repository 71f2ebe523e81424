import { powers } from "../../../../components/access/powers.js";
import { isKubernetesKind, rows, type PowerRow } from "./powerRows.js";
import { descriptions } from "./powers.js";

const [start, end] = ["<!-- powers -->\n", "<!-- end of powers -->"];

/** The page docs/reference/access.md with its tables of powers as the rows have them. */
export function accessPage(page: string): string {
  const tables = [
    table(
      ["`may`", "what somebody with it does"],
      powers.map((power) => [code(power), descriptions[power]]),
    ),
    "By these rights:\n",
    table(["`may`", "group", "resources", "verbs", "tried"], rows.map(cellsOf)),
  ];
  return `${page.slice(0, page.indexOf(start) + start.length)}\n${tables.join("\n")}\n${page.slice(page.indexOf(end))}`;
}

const code = (text: string): string => `\`${text}\``;

function table(head: string[], lines: string[][]): string {
  return [head, head.map(() => "---"), ...lines].map((cells) => `| ${cells.join(" | ")} |\n`).join("");
}

function cellsOf(row: PowerRow): string[] {
  const { power, group, resources, verbs, clusterWide, only, named } = row;
  const where = [
    clusterWide ? "cluster-wide" : undefined,
    only === undefined ? undefined : `in ${only}`,
    named === undefined ? undefined : `named ${code(`${named}…`)}`,
  ].filter((each) => each !== undefined);
  const limits = where.length === 0 ? "" : ` (${where.join(", ")})`;
  return [
    code(power),
    group === "" ? "core" : code(group),
    resources.map(code).join(", ") + limits,
    verbs.join(", "),
    isKubernetesKind(row) || row.tried ? "yes" : "no",
  ];
}
