import { spawnSync } from "node:child_process";
import { binaries } from "../verify/lab.js";

/** What Loki would be sent of a line. */
export interface SentEntry {
  labels: Record<string, string>;
  /** Structured metadata. */
  metadata: Record<string, string>;
  time: string;
  line: string;
}

/**
 * What becomes of lines in the stages of an Alloy configuration, and how queries are answered from it: Loki's own code,
 * built from tools/loki. A query's answer is lines.
 */
export function lokiPipeline(
  config: string,
  lines: string[],
  queries: string[] = [],
): { entries: SentEntry[]; answers: string[][] } {
  const { status, stdout, stderr } = spawnSync(binaries("loki-pipeline"), {
    input: JSON.stringify({ config, lines, queries }),
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
  });
  if (status !== 0) throw new Error(stderr);
  const { entries, answers } = JSON.parse(stdout) as {
    entries: {
      Labels: Record<string, string>;
      Metadata: Record<string, string>;
      Time: string;
      Line: string;
    }[];
    answers: string[][];
  };
  return {
    entries: entries.map(({ Labels, Metadata, Time, Line }) => ({
      labels: Labels,
      metadata: Metadata,
      time: Time,
      line: Line,
    })),
    answers,
  };
}
