import { valueAt } from "./paths.js";
import type { Values } from "./standIn.js";
import { isMap } from "./values.js";

export interface NarrowOptions {
  /** Refuse properties that the schema does not name, as the API server's strict field validation does. */
  strict?: boolean;
  /** Values that apply where none is given: what they hold is not missing. */
  defaults?(): unknown;
}

/**
 * The part of a schema that the samples touch. Compiling the whole schema of a CRD or of a chart takes a quarter of a
 * second; this part takes a few milliseconds and gives the same answer.
 */
export function narrow(schema: any, samples: unknown[], root: Values, options: NarrowOptions): any {
  if (!isMap(schema)) return schema;
  const reference: unknown = schema["$ref"];
  if (typeof reference === "string") return narrow(referred(reference, root), samples, root, options);
  const maps = samples.filter(isMap);
  const result = { ...schema };
  // Definitions are referred to from the root.
  for (const keyword of ["$schema", "$defs", "definitions"]) delete result[keyword];
  const inner = (part: any, values: unknown[], change: NarrowOptions = {}) =>
    narrow(part, values, root, { ...options, defaults: undefined, ...change });
  const valuesOf = (key: string) => maps.filter((map) => key in map).map((map) => map[key]);
  const rest = maps.flatMap((map) =>
    Object.entries(map).flatMap(([key, value]) => (key in (schema["properties"] ?? {}) ? [] : [value])),
  );

  if (schema["properties"]) {
    result["properties"] = {};
    for (const [key, part] of Object.entries(schema["properties"] as Values)) {
      const values = valuesOf(key);
      if (values.length === 0) continue;
      const defaults = options.defaults && (() => valueAt(options.defaults!(), [key]));
      result["properties"][key] = inner(part, values, { defaults });
    }
  }
  if (schema["required"] && options.defaults) {
    const given = options.defaults();
    result["required"] = (schema["required"] as string[]).filter((key) => !isMap(given) || !(key in given));
  }
  if (isMap(schema["additionalProperties"])) {
    result["additionalProperties"] = inner(schema["additionalProperties"], rest);
  }
  if (isMap(schema["patternProperties"])) {
    result["patternProperties"] = mapEntries(schema["patternProperties"], (part) => inner(part, rest));
  }
  if (schema["items"]) result["items"] = inner(schema["items"], samples.filter(Array.isArray).flat());
  // Alternatives and conditions speak of the same value; what they do not name, the schema around them may.
  const same = { strict: false, defaults: options.defaults };
  for (const keyword of ["allOf", "anyOf", "oneOf"]) {
    const parts = schema[keyword] as unknown[] | undefined;
    if (parts) result[keyword] = parts.map((part) => inner(part, samples, same));
  }
  for (const keyword of ["not", "if", "then", "else"]) {
    if (schema[keyword]) result[keyword] = inner(schema[keyword], samples, same);
  }
  return options.strict ? asStructural(schema, result) : result;
}

/** https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#specifying-a-structural-schema */
function asStructural(schema: Values, result: Values): Values {
  if (schema["x-kubernetes-int-or-string"]) {
    delete result["anyOf"];
    return { ...result, type: ["integer", "string"] };
  }
  if (
    schema["properties"] &&
    !schema["x-kubernetes-preserve-unknown-fields"] &&
    !schema["additionalProperties"]
  ) {
    result["additionalProperties"] = false;
  }
  return result;
}

function referred(reference: string, root: Values): unknown {
  const path = reference.replace(/^#\/?/, "").split("/").filter(Boolean);
  return valueAt(
    root,
    path.map((part) => decodeURIComponent(part).replace(/~1/g, "/").replace(/~0/g, "~")),
  );
}

function mapEntries(map: Values, change: (value: any) => any): Values {
  return Object.fromEntries(Object.entries(map).map(([key, value]) => [key, change(value)]));
}
