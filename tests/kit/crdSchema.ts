import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv, type ValidateFunction } from "ajv";
import { parseAllDocuments } from "yaml";
import { demandCrds } from "./charts.js";

const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: false });
const schemas = new Map<string, Map<string, object>>();
const validators = new Map<object, ValidateFunction>();

/**
 * Fails unless the spec fits the CRD of that kind, unknown fields refused. Skips, saying why, where there are no CRDs.
 *
 * @param release What brings the CRDs and its version, such as `velero-12.1.0`.
 */
export function assertFitsCrd(test: Mocha.Context, release: string, kind: string, spec: unknown): void {
  const file = join(demandCrds(test), `${release}.yaml`);
  if (!schemas.has(release)) schemas.set(release, readSchemas(file));
  const schema = schemas.get(release)!.get(kind);
  assert.ok(schema, `no CRD for ${kind}`);
  // One kind at a time: some are large.
  if (!validators.has(schema)) validators.set(schema, ajv.compile(refuseUnknown(schema) as object));
  const validate = validators.get(schema)!;
  assert.ok(validate(spec), JSON.stringify(validate.errors, undefined, 2));
}

function readSchemas(file: string): Map<string, object> {
  return new Map(
    parseAllDocuments(readFileSync(file, "utf8"))
      .map((document): any => document.toJS())
      .filter((crd) => crd !== null)
      .map(({ spec }) => {
        const { properties } = spec.versions[0].schema.openAPIV3Schema;
        return [spec.names.kind, properties.spec as object];
      }),
  );
}

function refuseUnknown(schema: any): unknown {
  if (Array.isArray(schema)) return schema.map(refuseUnknown);
  if (typeof schema !== "object" || schema === null) return schema;
  const inner = Object.fromEntries(
    Object.entries(schema)
      // Go's patterns may set a flag, which JavaScript's cannot.
      .filter(([key, value]) => !(key === "pattern" && String(value).includes("(?i)")))
      .map(([key, value]) => [key, refuseUnknown(value)]),
  );
  const closed =
    schema.type === "object" && schema.properties && !schema["x-kubernetes-preserve-unknown-fields"];
  return closed ? { ...inner, additionalProperties: false } : inner;
}
