import type { Change, ResourceKind, Values } from "./standIn.js";
import { isMap, plain } from "./values.js";

/** What a provider answers when asked how an existing resource differs from what the program wants now. */
export interface Difference {
  changes: (Change & { replaces: boolean })[];
  deleteBeforeReplace: boolean;
}

/**
 * Compares what is recorded with the inputs that are wanted now. Secrets are compared by value, so that a value that merely
 * became secret is no change.
 */
export function diffInputs(
  kind: ResourceKind,
  olds: { inputs: Values; outputs: Values },
  news: Values,
): Difference {
  const inputs = plain(olds.inputs) as Values;
  const outputs = plain(olds.outputs) as Values;
  const before = kind.existing?.({ inputs, outputs }) ?? inputs;
  const after = plain(news) as Values;
  const kept = Object.fromEntries((kind.computed ?? []).map((key) => [key, outputs[key]]));
  const compared = (values: Values) => kind.compared?.({ ...kept, ...values }) ?? { ...kept, ...values };
  const changes = changesBetween(compared(before), compared(after), []).map((change) => ({
    ...change,
    replaces: kind.replaces?.(change, after) ?? false,
  }));
  const replaces = changes.some((change) => change.replaces);
  return {
    changes,
    deleteBeforeReplace: replaces && (kind.deleteBeforeReplace?.(before, after) ?? false),
  };
}

/** The smallest set of properties that differ, in the order of their names. */
export function changesBetween(before: unknown, after: unknown, path: Change["path"]): Change[] {
  if (before === undefined) return after === undefined ? [] : [{ path, kind: "add" }];
  if (after === undefined) return [{ path, kind: "delete" }];
  if (Array.isArray(before) && Array.isArray(after)) {
    const length = Math.max(before.length, after.length);
    return Array.from({ length }, (_, index) => index).flatMap((index) =>
      changesBetween(before[index], after[index], [...path, index]),
    );
  }
  if (isMap(before) && isMap(after)) {
    return [...new Set([...Object.keys(before), ...Object.keys(after)])]
      .sort()
      .flatMap((key) => changesBetween(before[key], after[key], [...path, key]));
  }
  return before === after || Object.is(before, after) ? [] : [{ path, kind: "update" }];
}
