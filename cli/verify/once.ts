import type { Target } from "./cluster/target.js";

/** Something that several claims about one target need, done for the first of them. */
export function once<T>(work: (target: Target) => Promise<T>): (target: Target) => Promise<T> {
  const results = new WeakMap<Target, Promise<T>>();
  return (target) => {
    const result = results.get(target) ?? work(target);
    results.set(target, result);
    return result;
  };
}
