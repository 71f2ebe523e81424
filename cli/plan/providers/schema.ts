import { Ajv, type ErrorObject, type FuncKeywordDefinition, type Options } from "ajv";
import ipaddr from "ipaddr.js";
import { narrow, type NarrowOptions } from "./narrow.js";
import { formatPath, valueAt } from "./paths.js";
import type { Failure, Values } from "./standIn.js";
import { holdsUnknown } from "./values.js";

/** Some of the formats that the API server checks. Others, such as date-time, are passed over. */
const formats: Options["formats"] = {
  int32: { type: "number", validate: (number) => number === (number | 0) },
  byte: /^(?=.)(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/,
  cidr: (text) => ipaddr.isValidCIDR(text),
};

/** https://kubernetes.io/docs/reference/using-api/server-side-apply/#merge-strategy */
const listType: FuncKeywordDefinition = {
  keyword: "x-kubernetes-list-type",
  type: "array",
  compile(type: string, parent: Values) {
    if (type === "atomic") return () => true;
    const keys = (parent["x-kubernetes-list-map-keys"] ?? []) as string[];
    const { properties = {} } = (parent["items"] ?? {}) as { properties?: Record<string, Values> };
    // An item without a key has the default of it.
    const keyOf = (item: any, key: string): unknown => item?.[key] ?? properties[key]?.["default"];
    const identity = (item: unknown): unknown =>
      type === "map" ? keys.map((key) => keyOf(item, key)) : item;
    const validate: ReturnType<NonNullable<FuncKeywordDefinition["compile"]>> = (items: unknown[]) => {
      const known = items.map(identity).filter((one) => !holdsUnknown(one));
      const message = `must hold each ${keys.join(" and ") || "value"} once`;
      validate.errors = [{ keyword: listType.keyword as string, message }];
      return new Set(known.map((one) => JSON.stringify(one))).size === known.length;
    };
    return validate;
  },
};

/** Checks a value against a JSON schema. What is unknown as yet is taken to be right. */
export function schemaFailures(schema: Values, value: Values, options: NarrowOptions = {}): Failure[] {
  const ajv = new Ajv({
    allErrors: true,
    // Kubernetes has keywords of its own, and formats other than those of JSON schema. Patterns are Go's.
    strict: false,
    formats,
    logger: false,
    unicodeRegExp: false,
    // Whether the schema itself is one, its publisher has tested.
    meta: false,
    validateSchema: false,
  });
  ajv.addKeyword(listType);
  const validate = ajv.compile(narrow(schema, [value], schema, options));
  return validate(value) ? [] : failuresOf(validate.errors ?? [], value);
}

/** What is wrong with the inputs of a resource. Inputs that the schema leaves out are refused: nothing here heeds them. */
export function inputFailures(schema: Values, inputs: Values): Failure[] {
  return schemaFailures(schema, inputs, { strict: true }).map(({ property, reason }) => ({
    property,
    reason: reason === unknownProperty ? "the stand-in does not know it; the official plugin may" : reason,
  }));
}

const unknownProperty = "is no known property";
const alternatives = new Set(["oneOf", "anyOf", "not", "if"]);

/** Turns what a validator found into failures: property and rule, never the value. */
export function failuresOf(errors: readonly ErrorObject[], value: Values): Failure[] {
  const failures = new Map<string, Failure>();
  for (const error of errors) {
    const path = error.instancePath
      .split("/")
      .slice(1)
      .map((part) => part.replace(/~1/g, "/").replace(/~0/g, "~"))
      .reduce<(string | number)[]>(
        (parts, part) => [...parts, Array.isArray(valueAt(value, parts)) ? Number(part) : part],
        [],
      );
    if (excused(error, value, path)) continue;
    const { property, reason } = described(error, path);
    const failure = { property: formatPath(property), reason };
    failures.set(`${failure.property}\n${reason}`, failure);
  }
  return specific([...failures.values()]);
}

/** True where an unknown value is the cause, or may be. */
function excused(error: ErrorObject, value: Values, path: (string | number)[]): boolean {
  const found = valueAt(value, path);
  return alternatives.has(error.keyword)
    ? holdsUnknown(found)
    : typeof found === "string" && holdsUnknown(found);
}

function described(error: ErrorObject, path: (string | number)[]): { property: typeof path; reason: string } {
  const params = error.params;
  switch (error.keyword) {
    case "required":
      return { property: [...path, params["missingProperty"] as string], reason: "is required" };
    case "additionalProperties":
      return { property: [...path, params["additionalProperty"] as string], reason: unknownProperty };
    case "enum":
      return {
        property: path,
        reason: `must be one of ${(params["allowedValues"] as unknown[]).join(", ")}`,
      };
    case "const":
      return { property: path, reason: `must be ${JSON.stringify(params["allowedValue"])}` };
    case "pattern":
      return { property: path, reason: `must match ${params["pattern"]}` };
    default:
      return { property: path, reason: error.message ?? error.keyword };
  }
}

/** Without the complaints about alternatives where what is wrong with them is said as well. */
function specific(failures: Failure[]): Failure[] {
  const vague = /^must (match (exactly one|a) schema|be null|NOT be valid)/;
  const precise = failures.filter(({ reason }) => !vague.test(reason));
  return precise.length > 0 ? precise : failures;
}
