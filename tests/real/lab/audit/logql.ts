import { parser } from "@grafana/lezer-logql";
import type { AlloySyntax } from "../../../components/audit/alloy.js";
import type { SentEntry } from "./stages.js";
import { valueAt } from "./valueAt.js";

type Node = ReturnType<typeof parser.parse>["topNode"];
/** A log line and its labels, structured metadata among them. */
interface Row {
  labels: Record<string, string>;
  line: string;
}

/**
 * The lines that answer a LogQL query. An evaluation of ours, after Loki's documentation
 * (https://grafana.com/docs/loki/latest/query/log_queries/): no proof of what Loki does. Knows the selectors and stages
 * that the dashboard's queries use, and refuses any other.
 */
export function answerTo(alloy: AlloySyntax, query: string, entries: SentEntry[]): string[] {
  const textOf = (node: Node): string => query.slice(node.from, node.to);
  const childOf = (node: Node, name: string): Node => node.getChild(name)!;
  const stringIn = (node: Node): string => {
    const text = textOf(childOf(node, "String"));
    return text.startsWith("`") ? text.slice(1, -1) : (JSON.parse(text) as string);
  };
  const matches = (node: Node) => {
    const name = textOf(childOf(node, "Identifier"));
    const wanted = stringIn(node);
    const pattern = new RegExp(`^(?:${wanted})$`, "s");
    const operators: [string, (value: string) => boolean][] = [
      ["Eq", (value) => value === wanted],
      ["Neq", (value) => value !== wanted],
      ["Re", (value) => pattern.test(value)],
      ["Nre", (value) => !pattern.test(value)],
    ];
    const [, holds] = operators.find(([operator]) => node.getChild(operator))!;
    return ({ labels }: Row): boolean => holds(labels[name] ?? "");
  };

  let rows = entries.map(({ labels, metadata, line }): Row => ({ labels: { ...labels, ...metadata }, line }));
  for (const stage of stagesOf(query)) {
    if (stage.name === "Matcher") {
      rows = rows.filter(matches(stage));
    } else if (stage.name === "JsonExpressionParser") {
      const paths = descendants(stage, "LabelExtractionExpression").map(
        (expression) => [textOf(childOf(expression, "Identifier")), stringIn(expression)] as const,
      );
      rows = rows.map(({ labels, line }) => {
        const event: unknown = JSON.parse(line);
        const parsed = Object.fromEntries(paths.map(([name, path]) => [name, valueAt(event, path) ?? ""]));
        return { labels: { ...labels, ...parsed }, line };
      });
    } else {
      const data = rows.map(({ labels }) => labels);
      const lines = alloy.render(stringIn(stage), data, "zero");
      rows = rows.map((row, index) => ({ ...row, line: lines[index] ?? row.line }));
    }
  }
  return rows.map(({ line }) => line);
}

/** Names of all nodes that are evaluated. */
const known = new Set(
  (
    "LogQL Expr LogExpr Selector Matchers Matcher Identifier String Eq Neq Re Nre PipelineExpr PipelineStage Pipe " +
    "LabelFilter JsonExpressionParser Json LabelExtractionExpressionList LabelExtractionExpression LineFormatExpr LineFormat"
  ).split(" "),
);

/** The parts of a query that are evaluated one after the other. */
function stagesOf(query: string): Node[] {
  const { topNode } = parser.parse(query);
  topNode.cursor().iterate(({ name }) => {
    if (!known.has(name)) throw new Error(`${query}: ${name} is not evaluated here`);
  });
  return descendants(topNode, "Matcher", "JsonExpressionParser", "LineFormatExpr");
}

/** The nodes of these names, in the order of the text. */
function descendants(node: Node, ...names: string[]): Node[] {
  const found: Node[] = [];
  node.cursor().iterate((inner) => {
    if (names.includes(inner.name)) found.push(inner.node);
  });
  return found;
}
