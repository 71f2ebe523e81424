import { keyOf } from "./problems.js";
import type { Problem } from "./rules/index.js";

const offer = /; did you mean (.+)\?$/;

/**
 * Takes back the offers of mends that would be refused in their turn, such as by a rule between settings. Where something
 * else is wrong that has neither a mend nor a default, rules between settings cannot be asked.
 *
 * @param problemsOf What is wrong with raw settings.
 */
export function withoutRefusedMends(
  raw: unknown,
  problems: readonly Problem[],
  problemsOf: (raw: unknown) => readonly Problem[],
): Problem[] {
  const mendOf = ({ message }: Problem) => offer.exec(message)?.[1];
  if (!problems.some(mendOf)) return [...problems];
  const mended = problems.reduce((tree, problem) => withValue(tree, problem.path, mendOf(problem)), raw);
  const left = problemsOf(mended);
  const isRefused = (path: Problem["path"]) =>
    left.some((other) => isRelated(other.path, path) || other.message.includes(keyOf(path)));
  return problems.map(({ path, message }) => ({
    path,
    message: isRefused(path) ? message.replace(offer, "") : message,
  }));
}

/** Whether one path is the other, or leads to it: a rule may name the group of what it refuses. */
function isRelated(one: Problem["path"], other: Problem["path"]): boolean {
  return one.slice(0, other.length).every((part, index) => part === other[index]);
}

/** A copy of the tree with another value at a path; undefined stands for none. */
function withValue(tree: unknown, [part, ...rest]: Problem["path"], value: unknown): unknown {
  if (part === undefined) return value;
  if (typeof tree !== "object" || tree === null) return tree;
  const copy = (Array.isArray(tree) ? [...(tree as unknown[])] : { ...tree }) as Record<string, unknown>;
  copy[part] = withValue(copy[part], rest, value);
  return copy;
}
