import type { AlloySyntax, Stage } from "../../../components/audit/alloy.js";
import { valueAt } from "./valueAt.js";

/** What Loki would be sent of a line. */
export interface SentEntry {
  labels: Record<string, string>;
  /** Structured metadata. */
  metadata: Record<string, string>;
  time: string;
  line: string;
}

type Entry = SentEntry & { extracted: Record<string, string> };
type Evaluation = (entries: Entry[], stage: Stage["arguments"]) => Entry[];

/**
 * What becomes of lines in the stages of an Alloy configuration. An evaluation of ours, after the documentation of
 * `loki.process` (https://grafana.com/docs/alloy/latest/reference/components/loki/loki.process/): no proof of what
 * Alloy does. Knows the stages and arguments that the pipeline uses, and refuses any other.
 */
export function sentEntries(alloy: AlloySyntax, config: string, lines: string[]): SentEntry[] {
  const evaluations: Record<string, Evaluation> = {
    json: (entries, { expressions, drop_malformed: drop, ...others }) => {
      refuse(others);
      return entries.filter((entry) => {
        const event = objectIn(entry.line);
        if (event === undefined) return !drop;
        for (const [name, path] of Object.entries<string>(expressions)) {
          const value = valueAt(event, path);
          if (value !== undefined) entry.extracted[name] = value;
        }
        return true;
      });
    },

    // A template that fails leaves its source as it was, one that renders nothing removes it.
    template: (entries, { source, template, ...others }) => {
      refuse(others);
      const data = entries.map(({ extracted, line }) => ({ ...extracted, Entry: line }));
      alloy.render(template, data, "default").forEach((text, index) => {
        const { extracted } = entries[index]!;
        if (text) extracted[source] = text;
        else if (text === "") delete extracted[source];
      });
      return entries;
    },

    // A source that is not there is an empty text.
    drop: (entries, { source, expression, drop_counter_reason: _, ...others }) => {
      refuse(others);
      const pattern = new RegExp(expression);
      return entries.filter(
        ({ extracted, line }) => !pattern.test(source === undefined ? line : (extracted[source] ?? "")),
      );
    },

    output: (entries, { source, ...others }) => {
      refuse(others);
      return entries.map((entry) => ({ ...entry, line: entry.extracted[source] ?? entry.line }));
    },

    timestamp: (entries, { source, format, action_on_failure: onFailure, ...others }) => {
      refuse(others);
      if (format !== "RFC3339Nano" || onFailure !== "skip") throw new Error("another use of stage.timestamp");
      return entries.map((entry) => {
        const time = entry.extracted[source];
        return time === undefined || Number.isNaN(Date.parse(time)) ? entry : { ...entry, time };
      });
    },

    static_labels: (entries, { values, ...others }) => {
      refuse(others);
      return entries.map((entry) => ({ ...entry, labels: { ...entry.labels, ...values } }));
    },

    labels: (entries, { values, ...others }) => {
      refuse(others);
      return entries.map((entry) => ({ ...entry, labels: { ...entry.labels, ...picked(entry, values) } }));
    },

    structured_metadata: (entries, { values, ...others }) => {
      refuse(others);
      return entries.map((entry) => ({
        ...entry,
        metadata: { ...entry.metadata, ...picked(entry, values) },
      }));
    },

    label_drop: (entries, { values, ...others }) => {
      refuse(others);
      const isKept = ([name]: [string, string]) => !values.includes(name);
      return entries.map((entry) => ({
        ...entry,
        labels: Object.fromEntries(Object.entries(entry.labels).filter(isKept)),
      }));
    },
  };

  let entries: Entry[] = lines.map((line) => ({
    // As the reader of a file sets it.
    labels: { filename: "audit.log" },
    metadata: {},
    time: "when it was read",
    line,
    extracted: {},
  }));
  for (const { stage, arguments: settings } of alloy.stages(config)) {
    const evaluate = evaluations[stage];
    if (!evaluate) throw new Error(`stage.${stage} is not evaluated here`);
    entries = evaluate(entries, settings);
  }
  return entries.map(({ extracted: _, ...sent }) => sent);
}

function refuse(others: object): void {
  const names = Object.keys(others);
  if (names.length > 0) throw new Error(`not evaluated here: ${names.join(", ")}`);
}

/** The object that a line holds, which may be null; undefined if there is none. */
function objectIn(line: string): object | null | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** The extracted values under their new names. */
function picked({ extracted }: Entry, values: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, source]) =>
      extracted[source] === undefined ? [] : [[name, extracted[source]]],
    ),
  );
}
