import type { Concern, Status } from "./claim.js";
import { concerns as allConcerns } from "./claims/index.js";
import type { Outcome } from "./run.js";

export interface ReportOptions {
  /** Columns of the page. Default: 110. */
  width?: number;
  /** Default: false. */
  colour?: boolean;
  concerns?: Concern[];
}

const colours: Record<Status, number> = { proved: 32, failed: 31, unchecked: 33 };
const statuses = ["proved", "failed", "unchecked"] as const;
const indent = 2;
const statusWidth = Math.max(...statuses.map((status) => status.length)) + 2;

/** The page's own table of concerns and mitigations, and under each row its claims with the evidence found. */
export function report(outcomes: Outcome[], options: ReportOptions = {}): string {
  const { width = 110, colour = false, concerns = allConcerns } = options;
  const columns = ["concern", "mitigation"] as const;
  const header = { concern: "Concern", mitigation: "Mitigation" };
  const widths = columns.map(
    (column) => Math.max(...[header, ...concerns].map((row) => row[column].length)) + 3,
  );
  const row = (texts: string[]): string =>
    texts
      .map((text, index) => text.padEnd(widths[index] ?? 0))
      .join("")
      .trimEnd();
  const paint = (status: Status, text: string): string =>
    colour ? `\u001b[${colours[status]}m${text}\u001b[0m` : text;

  const lines = [row([header.concern, header.mitigation, "Claims"])];
  for (const { concern, mitigation } of concerns) {
    const own = outcomes.filter((outcome) => outcome.concern === concern);
    lines.push("", row([concern, mitigation, counts(own)]));
    for (const { claim, status, evidence } of own) {
      const [first, ...rest] = wrapped(claim, width - indent - statusWidth);
      lines.push(" ".repeat(indent) + paint(status, status.padEnd(statusWidth)) + first!);
      for (const line of [
        ...rest,
        ...wrapped(evidence, width - indent - statusWidth - 2).map((text) => `  ${text}`),
      ]) {
        lines.push(" ".repeat(indent + statusWidth) + line);
      }
    }
  }
  return `${[...lines, "", `${outcomes.length} claims: ${counts(outcomes)}`].join("\n")}\n`;
}

function counts(outcomes: Outcome[]): string {
  return statuses
    .map((status) => [outcomes.filter((outcome) => outcome.status === status).length, status] as const)
    .filter(([count]) => count > 0)
    .map(([count, status]) => `${count} ${status}`)
    .join(", ");
}

/** Breaks a text at spaces; a word that is longer than a line has one to itself. */
export function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(/\s+/)) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

/** The same for machines. */
export function jsonReport(outcomes: Outcome[]): string {
  const entries = outcomes.map(({ concern, claim, status, evidence }) => ({
    concern,
    claim,
    status,
    evidence,
  }));
  return `${JSON.stringify(entries, undefined, 2)}\n`;
}
