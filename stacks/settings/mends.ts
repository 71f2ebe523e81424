import { keyOf } from "./problems.js";
import type { Problem } from "./rules/index.js";

/** Raw settings with the mend of a problem; the same ones if that is a choice. */
export function mended(raw: unknown, { path, mend }: Problem): unknown {
  if (!mend || "choice" in mend) return raw;
  if ("rename" in mend) {
    const value = path.reduce<unknown>((node, part) => (node as Record<string, unknown>)[part], raw);
    return withValue(withValue(raw, path, undefined), [...path.slice(0, -1), mend.rename], value);
  }
  const place = mend.part === undefined ? path : [...path, mend.part];
  return withValue(raw, place, "replace" in mend ? mend.replace : undefined);
}

/**
 * Withdraws mends that would themselves be refused, for example by a rule between settings. Where something
 * else is wrong that has neither a mend nor a default, rules between settings cannot be asked.
 *
 * @param problemsOf What is wrong with raw settings.
 */
export function withoutRefusedMends(
  raw: unknown,
  problems: readonly Problem[],
  problemsOf: (raw: unknown) => readonly Problem[],
): Problem[] {
  // Without an entry of a list the others would have other paths; what is left of a list is as good as before.
  const offered = problems.filter((problem) => mended(raw, problem) !== raw && !isEntryTakenOut(problem));
  if (offered.length === 0) return [...problems];
  const left = problemsOf(offered.reduce(mended, raw));
  return problems.map((problem) => {
    const isRefused =
      offered.includes(problem) &&
      left.some(
        (other) => isRelated(other.path, problem.path) || other.message.includes(keyOf(problem.path)),
      );
    return isRefused ? { ...problem, mend: undefined } : problem;
  });
}

function isEntryTakenOut({ path, mend }: Problem): boolean {
  return mend !== undefined && "remove" in mend && !mend.part && typeof path.at(-1) === "number";
}

/** Whether one path is the other, or leads to it: a rule may name the group of what it refuses. */
function isRelated(one: Problem["path"], other: Problem["path"]): boolean {
  return one.slice(0, other.length).every((part, index) => part === other[index]);
}

/** A copy of the tree with another value at a path; undefined takes out what is there. */
function withValue(tree: unknown, [part, ...rest]: Problem["path"], value: unknown): unknown {
  if (part === undefined) return value;
  if (typeof tree !== "object" || tree === null) return tree;
  const copy = (Array.isArray(tree) ? [...(tree as unknown[])] : { ...tree }) as Record<string, unknown>;
  if (rest.length > 0 || value !== undefined) copy[part] = withValue(copy[part], rest, value);
  else if (Array.isArray(copy)) copy.splice(part as number, 1);
  else delete copy[part];
  return copy;
}
