import type { Values } from "../standIn.js";
import { holdsUnknown, isMap, plain, secret } from "../values.js";

/**
 * Inputs as the official provider keeps and sends them (https://github.com/pulumi/pulumi-kubernetes,
 * provider/pkg/clients/unstructured.go, Normalize). With an unknown value, and for custom resources, nothing changes.
 */
export function normalized(inputs: Values): Values {
  const [group = ""] = String(inputs["apiVersion"]).split("/");
  const isKnown = !group.includes(".") || group.endsWith(".k8s.io");
  if (!isKnown || holdsUnknown(inputs)) return inputs;
  return inputs["apiVersion"] === "v1" && inputs["kind"] === "Secret"
    ? normalizedSecret(inputs)
    : (withQuantities(inputs) as Values);
}

/** What stringData gives is base64 in data, and all of data is secret (normalizeSecretStringData, annotateSecrets). */
function normalizedSecret(inputs: Values): Values {
  const { stringData, data, ...rest } = inputs;
  const texts = Object.entries((plain(stringData) ?? {}) as Record<string, string>);
  if (texts.length === 0 && data === undefined) return rest;
  const encoded = texts.map(([key, text]) => [key, Buffer.from(text).toString("base64")] as const);
  return {
    ...rest,
    data: secret({ ...(plain(data) as Values | undefined), ...Object.fromEntries(encoded) }),
  };
}

/** Properties that map names of resources to quantities. */
const quantities = new Set([
  "capacity",
  "default",
  "defaultRequest",
  "hard",
  "limits",
  "max",
  "min",
  "requests",
]);

/** With every quantity in the form that Kubernetes' own types print. */
function withQuantities(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withQuantities);
  if (!isMap(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => {
      if (!quantities.has(key) || !isMap(inner)) return [key, withQuantities(inner)];
      const texts = Object.entries(inner).map(([name, text]) => [name, canonicalQuantity(text)]);
      return [key, Object.fromEntries(texts)];
    }),
  );
}

const decimal = ["n", "u", "m", "", "k", "M", "G", "T", "P", "E"];
const binary = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];

/** A quantity with the largest unit that needs no fraction (https://pkg.go.dev/k8s.io/apimachinery/pkg/api/resource#Quantity). */
export function canonicalQuantity(quantity: unknown): unknown {
  const [, whole, fraction = "", unit = ""] = /^(\d+)(?:\.(\d+))?([A-Za-z]*)$/.exec(String(quantity)) ?? [];
  const isBinary = binary.indexOf(unit) > 0;
  const units = isBinary ? binary : decimal;
  if (whole === undefined || !units.includes(unit)) return quantity;
  const step = isBinary ? 1024n : 1000n;
  const scale = 10n ** BigInt(fraction.length);
  const amount = BigInt(whole + fraction) * step ** BigInt(units.indexOf(unit));
  // What is less than the smallest unit stays as it is written; nobody writes that.
  if (amount % scale !== 0n) return quantity;
  let [rest, index] = [amount / scale, 0];
  while (rest !== 0n && rest % step === 0n && index < units.length - 1)
    [rest, index] = [rest / step, index + 1];
  return rest === 0n ? "0" : `${rest}${units[index]}`;
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
