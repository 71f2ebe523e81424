import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Ajv } from "ajv";
import { parse } from "yaml";
import { charts, type ChartName } from "../../components/common/charts.js";

/** Default values and schemas of the pinned charts, kept beside the checkout where it has company. */
const folder = fileURLToPath(new URL("../../../shared/data/charts/", import.meta.url));

/**
 * Fails unless every key of `values` is a key of the chart's own values.yaml, and the whole validates against the
 * chart's schema if it has one. Skips the test, saying why, where the chart's files are not at hand.
 *
 * Below a key whose default is an empty map, or not a map at all, the chart takes free-form content.
 */
export function assertKnownValues(test: Mocha.Context, chart: ChartName, values: object): void {
  const files = `${folder}${chart}-${charts[chart].version}`;
  if (!existsSync(`${files}/values.yaml`)) {
    console.log(`      skipped: no values.yaml of ${chart} ${charts[chart].version} at hand`);
    test.skip();
  }
  const defaults = parse(readFileSync(`${files}/values.yaml`, "utf8")) as Record<string, unknown>;
  assert.deepEqual(unknownKeys(values, defaults, ""), [], `keys that ${chart}'s values.yaml does not have`);
  if (!existsSync(`${files}/values.schema.json`)) return;
  const schema = JSON.parse(readFileSync(`${files}/values.schema.json`, "utf8")) as object;
  const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: false });
  const validate = ajv.compile(schema);
  const merged = merge(defaults, values);
  assert.ok(validate(merged), ajv.errorsText(validate.errors, { separator: "\n" }));
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
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
