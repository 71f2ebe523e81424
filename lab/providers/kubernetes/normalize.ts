import type { Values } from "../standIn.js";
import { holdsUnknown, isMap, plain, secret } from "../values.js";

/**
 * Inputs as the official provider keeps and sends them: what a Secret gives in stringData is base64 in data, and all of
 * data is secret (https://github.com/pulumi/pulumi-kubernetes, provider/pkg/clients/unstructured.go,
 * normalizeSecretStringData; provider/pkg/provider/provider.go, annotateSecrets). With an unknown value nothing changes.
 */
export function normalized(inputs: Values): Values {
  if (inputs["apiVersion"] !== "v1" || inputs["kind"] !== "Secret" || holdsUnknown(inputs)) return inputs;
  const { stringData, data, ...rest } = inputs;
  const texts = Object.entries((plain(stringData) ?? {}) as Record<string, string>);
  if (texts.length === 0 && data === undefined) return rest;
  const encoded = texts.map(([key, text]) => [key, Buffer.from(text).toString("base64")] as const);
  return {
    ...rest,
    data: secret({ ...(plain(data) as Values | undefined), ...Object.fromEntries(encoded) }),
  };
}

/**
 * What the provider compares new inputs with: the object as it was found, cut to the shape of the inputs that made it
 * (provider/pkg/provider/util.go, pruneMap). A property that the API server has dropped or rewritten differs, every time.
 */
export function pruned(live: unknown, inputs: unknown): unknown {
  if (Array.isArray(live) && Array.isArray(inputs)) {
    return inputs.slice(0, live.length).map((value, index) => pruned(live[index], value));
  }
  if (!isMap(live) || !isMap(inputs)) return live;
  const kept = Object.entries(live).filter(([key]) => key in inputs);
  return Object.fromEntries(kept.map(([key, value]) => [key, pruned(value, inputs[key])]));
}

/** An object as the API server would keep it: without empty labels and annotations. */
export function kept(object: Values): Values {
  const metadata = Object.entries((object["metadata"] ?? {}) as Values).filter(
    ([key, value]) =>
      !(["annotations", "labels"].includes(key) && isMap(value) && Object.keys(value).length === 0),
  );
  return { ...object, metadata: Object.fromEntries(metadata) };
}
