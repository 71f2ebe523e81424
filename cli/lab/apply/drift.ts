import { isDeepStrictEqual } from "node:util";
import { isMap, isSecret, secret, secretTexts } from "../../plan/providers/values.js";

/**
 * The inputs that would make what exists. Where the API server would change nothing by applying the inputs once more, they
 * are what they were; so a quantity it writes in another way, or a default it adds, is no drift.
 *
 * @param inputs What the program wants, secrets wrapped.
 * @param live What exists.
 * @param wanted What would exist after applying the inputs once more.
 */
export function drifted(inputs: unknown, live: unknown, wanted: unknown): unknown {
  if (isDeepStrictEqual(live, wanted)) return inputs;
  if (isSecret(inputs)) return secret(drifted(inputs.value, live, wanted));
  if (isMap(inputs) && isMap(live) && isMap(wanted)) {
    const kept = Object.entries(inputs).filter(([key]) => key in live || !(key in wanted));
    return Object.fromEntries(kept.map(([key, value]) => [key, drifted(value, live[key], wanted[key])]));
  }
  // What stands where a secret stood is one.
  return secretTexts(inputs).length > 0 ? secret(live) : live;
}
