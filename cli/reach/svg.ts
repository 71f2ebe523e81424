import type { Reach } from "./reach.js";
import { caution, openLines, ruleText } from "./table.js";

/** Sizes in pixels; the text is set in a font of equal widths, so that its size is known without measuring. */
const character = 6.6;
const row = 20;
const margin = 16;
const longestLabel = 44;

interface Cell {
  text: string;
  title: string;
  isListed: boolean;
}

const computedStyle = 'fill="#cdeccd"';
const listedStyle = 'fill="#fff3c4" stroke="#b58900" stroke-dasharray="3 2"';
const outsideStyle = 'fill="#1f4e9e" font-style="italic"';

/** Whether it is a host, an address or a node, and no pods. */
function isOutside(end: string): boolean {
  return /[.:]|^(internet|nodes|kube-apiserver)\b/.test(end);
}

/** Names of pods first, then of what lies outside, each in order. */
function inColumns(ends: Iterable<string>): string[] {
  const sorted = [...new Set(ends)].sort();
  return [...sorted.filter((end) => !isOutside(end)), ...sorted.filter(isOutside)];
}

/**
 * Who can reach whom, as a picture with a legend: who opens the connection is at the left, what it is opened to on top, and
 * the ports stand where both meet. What lies outside the cluster stands apart, after the pods.
 */
export function asSvg(reach: Reach): string {
  const cells = cellsOf(reach);
  const froms = inColumns(cells.keys());
  const tos = inColumns(froms.flatMap((from) => [...cells.get(from)!.keys()]));
  const widths = tos.map((to) => {
    const texts = froms.map((from) => cells.get(from)!.get(to)?.text.length ?? 0);
    return Math.max(row, Math.ceil(Math.max(...texts) * character) + 8);
  });
  const notes = [
    caution(reach),
    ...openLines(reach),
    ...reach.rules.filter(({ kind }) => kind === "denies").map(ruleText),
  ].filter((note) => note !== undefined && note !== "") as string[];

  const left = margin + width(froms) + 8;
  const legendTop = margin + row * (notes.length + 1.5);
  const header = legendTop + row * 2;
  const top = header + width(tos) + 8;
  const gaps = tos.map((to, index) => (index > 0 && isOutside(to) && !isOutside(tos[index - 1]!) ? row : 0));
  const lefts = widths.map((_, index) => left + sum(widths.slice(0, index)) + sum(gaps.slice(0, index + 1)));
  const right = left + sum(widths) + sum(gaps);
  const bottom = top + froms.length * row;
  const title = `Reach in ${reach.stack}${reach.source === undefined ? "" : ` from ${reach.source}`}`;
  const legend = legendAt(margin, legendTop);
  const total = Math.ceil(
    Math.max(right, margin + width([title, ...notes], Infinity), legend.right) + margin,
  );

  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${total}" height="${bottom + margin}" viewBox="0 0 ${total} ${bottom + margin}" font-family="monospace" font-size="11">`,
    `<title>${escaped(title)}</title>`,
    `<rect width="100%" height="100%" fill="#ffffff"/>`,
    text(margin, margin + 12, title, 'font-size="14" font-weight="bold"'),
    ...notes.map((note, index) =>
      text(
        margin,
        margin + row * (index + 1) + 12,
        note,
        index === 0 && caution(reach) ? 'fill="#b00020"' : 'fill="#555555"',
      ),
    ),
    ...legend.drawn,
    ...froms.map((from, index) =>
      text(left - 8, top + index * row + 14, short(from), `text-anchor="end"${styleOf(from)}`, from),
    ),
    ...tos.map((to, index) => {
      const [x, y] = [lefts[index]! + widths[index]! / 2 + 4, top - 6];
      return text(x, y, short(to), `transform="rotate(-90 ${x} ${y})"${styleOf(to)}`, to);
    }),
    ...froms.map((_, index) => line(left, top + index * row, right, top + index * row)),
    ...lefts.flatMap((x, index) => [x, x - gaps[index]!].map((at) => line(at, top, at, bottom))),
    line(left, bottom, right, bottom),
    line(right, top, right, bottom),
    ...froms.flatMap((from, y) =>
      tos.flatMap((to, x) => {
        const cell = cells.get(from)!.get(to);
        return cell ? [drawn(cell, lefts[x]!, top + y * row, widths[x]!)] : [];
      }),
    ),
    "</svg>",
    "",
  ].join("\n");
}

/** What stands where two ends meet; what is computed and what is listed may meet there as well. */
function cellsOf({ connections, rules }: Reach): Map<string, Map<string, Cell>> {
  const cells = new Map<string, Map<string, Cell>>();
  const add = (from: string, to: string, cell: Cell) => {
    const line = cells.get(from) ?? new Map<string, Cell>();
    const before = line.get(to);
    line.set(
      to,
      before
        ? {
            text: [...new Set([...before.text.split(","), ...cell.text.split(",")])].join(","),
            title: `${before.title}\n${cell.title}`,
            isListed: before.isListed && cell.isListed,
          }
        : cell,
    );
    cells.set(from, line);
  };
  for (const { from, to, ports } of connections) {
    add(from, to, { text: ports.join(","), title: `${from} -> ${to}: ${ports.join(", ")}`, isListed: false });
  }
  for (const rule of rules.filter(({ kind }) => kind === "allows")) {
    const text = rule.ports.length > 0 ? rule.ports.join(",") : "any";
    add(rule.from, rule.to, { text, title: `${rule.policy}: ${ruleText(rule)}`, isListed: true });
  }
  return cells;
}

function drawn({ text: ports, title, isListed }: Cell, x: number, y: number, width: number): string {
  const style = isListed ? listedStyle : computedStyle;
  return [
    `<g><title>${escaped(title)}</title>`,
    `<rect x="${x + 1}" y="${y + 1}" width="${width - 2}" height="${row - 2}" ${style}/>`,
    `${text(x + width / 2, y + 14, ports, 'text-anchor="middle"')}</g>`,
  ].join("");
}

/** What the signs mean, in one line. */
function legendAt(x: number, y: number): { drawn: string[]; right: number } {
  const entries = [
    { style: computedStyle, says: "computed from NetworkPolicies" },
    { style: listedStyle, says: "a rule that is listed, such as Cilium's" },
    { style: undefined, says: "ports are those of pods; names in blue are hosts, addresses and nodes" },
  ];
  let right = x;
  const drawn = entries.flatMap(({ style, says }) => {
    const at = right;
    const words = at + (style ? row + 6 : 0);
    right = words + width([says], Infinity) + row;
    return [
      ...(style
        ? [`<rect class="legend" x="${at}" y="${y}" width="${row}" height="${row - 6}" ${style}/>`]
        : []),
      text(words, y + 11, says, style ? 'fill="#333333"' : outsideStyle),
    ];
  });
  return { drawn, right };
}

function styleOf(end: string): string {
  return isOutside(end) ? ` ${outsideStyle}` : "";
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, next) => total + next, 0);
}

function text(x: number, y: number, content: string, style: string, title?: string): string {
  const tip = title !== undefined && title !== content ? `<title>${escaped(title)}</title>` : "";
  return `<text x="${x}" y="${y}" ${style}>${tip}${escaped(content)}</text>`;
}

function line(x1: number, y1: number, x2: number, y2: number): string {
  return `<line x1="${x1}" y1="${y1}" x2="${x2}" y2="${y2}" stroke="#dddddd"/>`;
}

function short(label: string): string {
  return label.length > longestLabel ? `${label.slice(0, longestLabel - 1)}…` : label;
}

function width(labels: readonly string[], longest = longestLabel): number {
  return Math.ceil(Math.max(0, ...labels.map(({ length }) => Math.min(length, longest))) * character);
}

function escaped(content: string): string {
  return content
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}
