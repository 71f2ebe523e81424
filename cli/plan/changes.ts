import type { PlannedStep } from "./engine/events.js";
import { changesBetween } from "./providers/diff.js";
import { formatPath, parsePath } from "./providers/paths.js";
import { isMap, isSecret, unknown } from "./providers/values.js";

/** One property that changes, in words fit to be printed. */
export interface PropertyChange {
  path: string;
  kind: "add" | "delete" | "update";
  /** Whether it is a reason to replace the resource. */
  replaces: boolean;
  /** Lines that describe the old and the new value. */
  before: string[];
  after: string[];
}

const marks = new Set(["[secret]", "[unknown until applied]"]);

/** Values longer than this are cut; the middle of a certificate tells nobody anything. */
const longest = 120;
/** Lines shown of a text before and after. */
const mostLines = 12;

/**
 * What changes about a resource that is updated or replaced. Secrets are shown as such.
 *
 * @param isHidden Whether the values of a top-level property must not be printed.
 * @param scrub Takes out of a text what must not be printed.
 */
export function changesOf(
  { operation, step: { old, new: next, detailedDiff } }: PlannedStep,
  isHidden: (property: string) => boolean,
  scrub: (text: string) => string,
): PropertyChange[] {
  if (operation !== "update" && operation !== "replace") return [];
  const before = old?.inputs ?? {};
  const after = next?.inputs ?? {};
  const changes = detailedDiff
    ? Object.entries(detailedDiff).map(([path, { diffKind }]) => ({
        path: parsePath(path),
        kind: diffKind.replace("-replace", "") as PropertyChange["kind"],
        replaces: diffKind.endsWith("-replace"),
      }))
    : changesBetween(before, after, []).map((change) => ({ ...change, replaces: false }));
  return changes
    .map(({ path, kind, replaces }) => {
      const hide = isHidden(String(path[0]));
      const [from, to] = [shown(before, path), shown(after, path)].map((value) => {
        if (value === undefined || marks.has(value)) return value;
        return hide ? "[generated]" : scrub(value);
      });
      return { path: formatPath(path), kind, replaces, ...linesOf(from, to) };
    })
    .sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
}

/** The value at a path, in words; undefined where there is none. */
function shown(inputs: unknown, path: readonly (string | number)[]): string | undefined {
  let value = inputs;
  for (const part of path) {
    if (isSecret(value)) return "[secret]";
    value = isMap(value) || Array.isArray(value) ? (value as any)[part] : undefined;
  }
  if (value === undefined) return undefined;
  if (isSecret(value)) return "[secret]";
  if (value === unknown) return "[unknown until applied]";
  // A text of several lines is shown line by line.
  return typeof value === "string" && value.includes("\n") ? value : JSON.stringify(redacted(value));
}

function redacted(value: unknown): unknown {
  if (isSecret(value)) return "[secret]";
  if (value === unknown) return "[unknown until applied]";
  if (Array.isArray(value)) return value.map(redacted);
  return isMap(value)
    ? Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, redacted(inner)]))
    : value;
}

/** Without the lines that both texts begin and end with. */
function linesOf(from: string | undefined, to: string | undefined): { before: string[]; after: string[] } {
  const before = from?.split("\n") ?? [];
  const after = to?.split("\n") ?? [];
  if (before.length > 1 || after.length > 1) {
    while (before.length > 0 && after.length > 0 && before[0] === after[0]) {
      before.shift();
      after.shift();
    }
    while (before.length > 0 && after.length > 0 && before.at(-1) === after.at(-1)) {
      before.pop();
      after.pop();
    }
  }
  return { before: cut(before), after: cut(after) };
}

function cut(lines: string[]): string[] {
  const left = lines.length - mostLines;
  return [
    ...lines
      .slice(0, mostLines)
      .map((line) =>
        line.length > longest ? `${line.slice(0, longest)}… (${line.length} characters)` : line,
      ),
    ...(left > 0 ? [`… ${left} more lines`] : []),
  ];
}
