import type { Target } from "./cluster/target.js";

/** Memoizes `work` for each target: several claims need its result. */
export function once<T>(work: (target: Target) => Promise<T>): (target: Target) => Promise<T> {
  const results = new WeakMap<Target, Promise<T>>();
  return (target) => {
    const result = results.get(target) ?? work(target);
    results.set(target, result);
    return result;
  };
}
