import { tableLines, wrap } from "../kit/table.js";
import type { Concern, Status } from "./claim.js";
import { concerns as allConcerns } from "./claims/index.js";
import type { Outcome } from "./run.js";

export interface ReportOptions {
  /** Most columns of a line. Default: no limit. */
  width?: number;
  /** Default: false. */
  colour?: boolean;
  concerns?: Concern[];
}

const colours: Record<Status, number> = { proved: 32, failed: 31, unchecked: 33 };
const statuses = ["proved", "failed", "unchecked"] as const;
const statusWidth = Math.max(...statuses.map((status) => status.length)) + 2;

/** The page's own table of concerns and mitigations, and under each row its claims with the evidence found. */
export function report(outcomes: Outcome[], options: ReportOptions = {}): string {
  const { width = Infinity, colour = false, concerns = allConcerns } = options;
  const paint = (status: Status, text: string): string =>
    colour ? `\u001b[${colours[status]}m${text}\u001b[0m` : text;
  const own = concerns.map(({ concern }) => outcomes.filter((outcome) => outcome.concern === concern));
  const [head, ...rows] = tableLines(
    [
      ["Concern", "Mitigation", "Claims"],
      ...concerns.map(({ concern, mitigation }, index) => [concern, mitigation, counts(own[index]!)]),
    ],
    { width, gap: 3 },
  );
  const lines = rows.flatMap((row, index) => [
    "",
    ...row,
    ...own[index]!.flatMap(({ claim, status, evidence }) => [
      ...wrap(claim, width, `  ${paint(status, status.padEnd(statusWidth))}`),
      ...wrap(evidence.replace(/\s+/g, " "), width, " ".repeat(statusWidth + 4)),
    ]),
  ]);
  const sum = wrap(`${outcomes.length} claims: ${counts(outcomes)}`, width);
  return `${[...head!, ...lines, "", ...sum].join("\n")}\n`;
}

function counts(outcomes: Outcome[]): string {
  return statuses
    .map((status) => [outcomes.filter((outcome) => outcome.status === status).length, status] as const)
    .filter(([count]) => count > 0)
    .map(([count, status]) => `${count} ${status}`)
    .join(", ");
}

/** The same for machines, with the notes on the settings. */
export function jsonReport(outcomes: Outcome[], notes: readonly string[]): string {
  const claims = outcomes.map(({ concern, claim, status, evidence }) => ({
    concern,
    claim,
    status,
    evidence,
  }));
  return `${JSON.stringify({ notes, claims }, undefined, 2)}\n`;
}
