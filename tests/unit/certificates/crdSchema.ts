import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Ajv, type ValidateFunction } from "ajv";
import { parseAllDocuments } from "yaml";
import { charts } from "../../../components/charts.js";

/** CRDs of the pinned cert-manager, kept beside the checkout where it has company. */
const file = fileURLToPath(
  new URL(
    `../../../../shared/data/crds/cert-manager-${charts["cert-manager"].version}.yaml`,
    import.meta.url,
  ),
);

let validators: Map<string, ValidateFunction> | undefined;

/** Fails unless the spec fits the CRD of that kind, unknown fields refused. Skips, saying why, where there are no CRDs. */
export function assertFitsCrd(test: Mocha.Context, kind: string, spec: unknown): void {
  if (!existsSync(file)) {
    console.log(`      skipped: no CRDs of cert-manager ${charts["cert-manager"].version} at hand`);
    test.skip();
  }
  validators ??= readValidators();
  const validate = validators.get(kind);
  assert.ok(validate, `no CRD for ${kind}`);
  assert.ok(validate(spec), JSON.stringify(validate.errors, undefined, 2));
}

function readValidators(): Map<string, ValidateFunction> {
  const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: false });
  return new Map(
    parseAllDocuments(readFileSync(file, "utf8"))
      .map((document): any => document.toJS())
      .filter((crd) => crd !== null)
      .map(({ spec }) => {
        const { properties } = spec.versions[0].schema.openAPIV3Schema;
        return [spec.names.kind, ajv.compile(refuseUnknown(properties.spec) as object)];
      }),
  );
}

function refuseUnknown(schema: any): unknown {
  if (Array.isArray(schema)) return schema.map(refuseUnknown);
  if (typeof schema !== "object" || schema === null) return schema;
  const inner = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, refuseUnknown(value)]));
  const closed =
    schema.type === "object" && schema.properties && !schema["x-kubernetes-preserve-unknown-fields"];
  return closed ? { ...inner, additionalProperties: false } : inner;
}
