import { isDeepStrictEqual } from "node:util";
import type { Values } from "../providers/standIn.js";
import { isMap, isSecret, secret, secretTexts } from "../providers/values.js";

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

/** A Secret as the program writes it: with what it gives in stringData there, and not in data. */
export function asWritten(object: Values, { stringData }: { stringData?: Values }): Values {
  if (object["apiVersion"] !== "v1" || object["kind"] !== "Secret" || stringData === undefined) return object;
  const texts = Object.keys(stringData).flatMap((key) => {
    const encoded = (object["data"] as Record<string, string> | undefined)?.[key];
    return encoded === undefined ? [] : [[key, Buffer.from(encoded, "base64").toString("utf8")] as const];
  });
  return { ...object, stringData: Object.fromEntries(texts) };
}

/**
 * A Secret as it is applied: all of it in data. The API server notes no owner for what stringData gave, so that a key
 * which is no longer given would stay (https://github.com/kubernetes/kubernetes/issues/108609).
 */
export function asApplied(object: Values): Values {
  const { stringData, ...rest } = object;
  if (object["apiVersion"] !== "v1" || object["kind"] !== "Secret" || stringData === undefined) return object;
  const encoded = Object.entries(stringData as Record<string, string>).map(
    ([key, text]) => [key, Buffer.from(text).toString("base64")] as const,
  );
  return { ...rest, data: { ...(rest["data"] as Values | undefined), ...Object.fromEntries(encoded) } };
}
