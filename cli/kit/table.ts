import stringWidth from "string-width";
import wrapAnsi from "wrap-ansi";

/**
 * Columns for a text: those of the terminal, else COLUMNS. Without a limit in a pipe or file, so that a changed entry
 * is one changed line there.
 */
export function widthOf({ columns }: { columns?: number }): number {
  return columns || Number(process.env["COLUMNS"]) || Infinity;
}

/** No column, and no text after an indent, is narrower, unless all of it fits into less. */
const narrowest = 8;

/**
 * Breaks a text into lines at spaces, and a word only if it is longer than a line: after a separator, if it has one.
 *
 * @param first Begins the first line. Default: nothing.
 * @param rest Begins every other line. Default: as many spaces.
 */
export function wrap(
  text: string,
  width: number,
  first = "",
  rest = " ".repeat(stringWidth(first)),
): string[] {
  const room = Math.max(width - Math.max(stringWidth(first), stringWidth(rest)), narrowest);
  const broken = () => text.split(" ").map((word) => atSeparators(word, room));
  const lines =
    stringWidth(text) <= room ? [text] : wrapAnsi(broken().join(" "), room, { hard: true }).split("\n");
  return lines.map((line, index) => `${index === 0 ? first : rest}${line}`);
}

/** `kube-system/kube-dns` in lines of 12 → `kube-system/` and `kube-dns` */
function atSeparators(word: string, room: number): string {
  if (stringWidth(word) <= room) return word;
  return word.split(/(?<=[/:_-])/).reduce((lines, part) => {
    const last = lines.slice(lines.lastIndexOf("\n") + 1);
    return stringWidth(last + part) <= room ? lines + part : `${lines}\n${part}`;
  });
}

/** Breaks the lines of a text that are too long; what is broken off is indented, and continues the branches of a tree. */
export function fitted(text: string, width: number): string {
  return text
    .split("\n")
    .flatMap((line) => {
      const first = /^[ │├└─]*/.exec(line)![0];
      const rest = first.replace(/├─/g, "│ ").replace(/└─/g, "  ");
      const more = first === "" ? "" : `${rest}  `;
      return stringWidth(line) <= width ? [line] : wrap(line.slice(first.length), width, first, more);
    })
    .join("\n");
}

export interface TableOptions {
  /** Most columns of a line. */
  width: number;
  /** Columns of space before the table. Default: 0. */
  indent?: number;
  /** Columns of space between two cells. Default: 2. */
  gap?: number;
}

/** Lays out rows of cells; returns the lines of each row. If a row is too long, the widest columns give way. */
export function tableLines(
  rows: readonly (readonly string[])[],
  { width, indent = 0, gap = 2 }: TableOptions,
): string[][] {
  const natural = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => stringWidth(row[column]!))),
  );
  const widths = narrowed(natural, width - indent - gap * (natural.length - 1));
  return rows.map((row) => {
    const cells = row.map((cell, column) => wrap(cell, widths[column]!));
    const height = Math.max(...cells.map((lines) => lines.length));
    return Array.from({ length: height }, (_, line) => {
      const texts = cells.map((lines, column) => padded(lines[line] ?? "", widths[column]! + gap));
      return `${" ".repeat(indent)}${texts.join("")}`.trimEnd();
    });
  });
}

/** The widths, none over the largest limit with which all of them fit. */
function narrowed(widths: readonly number[], room: number): number[] {
  let limit = Math.max(...widths);
  const sum = () => widths.reduce((total, width) => total + Math.min(width, limit), 0);
  while (limit > narrowest && sum() > room) limit--;
  return widths.map((width) => Math.min(width, limit));
}

function padded(text: string, width: number): string {
  return text + " ".repeat(Math.max(width - stringWidth(text), 0));
}
