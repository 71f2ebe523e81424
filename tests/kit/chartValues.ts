import assert from "node:assert/strict";
import { Ajv } from "ajv";
import type { ChartName } from "../../components/common/charts.js";
import { isMap } from "../../cli/plan/providers/values.js";
import { demandChart } from "./charts.js";

/**
 * Fails unless every key of `values` is a key of the chart's own values.yaml, and the whole validates against the
 * chart's schema if it has one. Skips the test, saying why, where the chart is not at hand.
 *
 * Below a key whose default is an empty map, or not a map at all, the chart takes free-form content.
 */
export function assertKnownValues(test: Mocha.Context, chart: ChartName, values: object): void {
  const { schema, ...files } = demandChart(test, chart);
  const defaults = files.defaults();
  assert.deepEqual(unknownKeys(values, defaults, ""), [], `keys that ${chart}'s values.yaml does not have`);
  if (schema === undefined) return;
  const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: false });
  const validate = ajv.compile(schema);
  const merged = merge(defaults, values);
  assert.ok(validate(merged), ajv.errorsText(validate.errors, { separator: "\n" }));
}

function unknownKeys(values: object, defaults: Record<string, unknown>, path: string): string[] {
  return Object.entries(values).flatMap(([key, value]) => {
    const at = path ? `${path}.${key}` : key;
    if (!(key in defaults)) return [at];
    const inner = defaults[key];
    return isMap(value) && isMap(inner) && Object.keys(inner).length > 0 ? unknownKeys(value, inner, at) : [];
  });
}

function merge(defaults: unknown, values: unknown): unknown {
  if (!isMap(defaults) || !isMap(values)) return values;
  const merged: Record<string, unknown> = { ...defaults };
  for (const [key, value] of Object.entries(values)) merged[key] = merge(defaults[key], value);
  return merged;
}
