import assert from "node:assert/strict";
import { Ajv } from "ajv";
import fc from "fast-check";
import { schemaFailures } from "../../../../cli/plan/providers/schema.js";
import { unknown } from "../../../../cli/plan/providers/values.js";

const schema = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  $defs: { port: { type: "integer", minimum: 1, maximum: 65535 } },
  type: "object",
  required: ["name"],
  properties: {
    name: { type: "string", pattern: "^[a-z]+$" },
    port: { $ref: "#/$defs/port" },
    mode: { enum: ["a", "b"] },
    labels: { type: "object", additionalProperties: { type: "string" } },
    items: {
      type: "array",
      items: { type: "object", required: ["key"], properties: { key: { type: "string" } } },
    },
    small: { type: "integer", format: "int32" },
    bytes: { type: "string", format: "byte" },
    network: { type: "string", format: "cidr" },
    when: { type: "string", format: "date-of-birth" },
    set: { type: "array", "x-kubernetes-list-type": "set", items: { type: "string" } },
    ports: {
      ...{
        type: "array",
        "x-kubernetes-list-type": "map",
        "x-kubernetes-list-map-keys": ["port", "protocol"],
      },
      items: { type: "object", properties: { protocol: { type: "string", default: "TCP" } } },
    },
    either: { oneOf: [{ required: ["x"] }, { required: ["y"] }], properties: { x: {}, y: {} } },
  },
};

/** Failures as lines. */
function lines(value: object, options?: Parameters<typeof schemaFailures>[2]): string[] {
  return schemaFailures(schema, value, options).map(({ property, reason }) => `${property}: ${reason}`);
}

describe("a JSON schema", () => {
  const cases: { what: string; value: object; failures: string[] }[] = [
    {
      what: "accepts what fits",
      value: { name: "a", port: 1, items: [{ key: "k" }], either: { x: 1 } },
      failures: [],
    },
    { what: "names what is missing", value: {}, failures: ["name: is required"] },
    { what: "names a wrong type", value: { name: 1 }, failures: ["name: must be string"] },
    { what: "names a pattern", value: { name: "A" }, failures: ["name: must match ^[a-z]+$"] },
    { what: "follows references", value: { name: "a", port: 0 }, failures: ["port: must be >= 1"] },
    {
      what: "lists what is allowed",
      value: { name: "a", mode: "c" },
      failures: ["mode: must be one of a, b"],
    },
    {
      what: "looks into every item",
      value: { name: "a", items: [{ key: "k" }, {}, { key: 1 }] },
      failures: ["items[1].key: is required", "items[2].key: must be string"],
    },
    {
      what: "looks into maps",
      value: { name: "a", labels: { "a/b": 1 } },
      failures: ['labels["a/b"]: must be string'],
    },
    {
      what: "says what is wrong with alternatives rather than that they are",
      value: { name: "a", either: {} },
      failures: ["either.x: is required", "either.y: is required"],
    },
    {
      what: "knows the API server's formats",
      value: { name: "a", small: 2 ** 31, bytes: "YQ", network: "10.0.0.0/33", when: "never" },
      failures: [
        'small: must match format "int32"',
        'bytes: must match format "byte"',
        'network: must match format "cidr"',
      ],
    },
    {
      what: "takes no bytes for base64 of none",
      value: { name: "a", bytes: "" },
      failures: ['bytes: must match format "byte"'],
    },
    {
      what: "takes what has such a format",
      value: { name: "a", small: -(2 ** 31), bytes: "YQ==", network: "2001:db8::/32" },
      failures: [],
    },
    {
      what: "wants the items of a set or a map once",
      value: {
        name: "a",
        set: ["x", "y", "x"],
        ports: [{ port: 1 }, { port: 1, protocol: "UDP" }, { port: 1, name: "b" }],
      },
      failures: ["set: must hold each value once", "ports: must hold each port and protocol once"],
    },
    {
      what: "takes a key that is left out for its default",
      value: { name: "a", ports: [{ port: 1 }, { port: 1, protocol: "TCP" }] },
      failures: ["ports: must hold each port and protocol once"],
    },
    {
      what: "takes others, and what is unknown as yet",
      value: {
        name: "a",
        set: ["x", unknown, unknown],
        ports: [{ port: unknown }, { port: unknown }, { port: 1 }],
      },
      failures: [],
    },
    { what: "passes over unknown properties", value: { name: "a", nmae: 1 }, failures: [] },
    {
      what: "takes what is unknown as yet for right",
      value: { name: unknown, port: unknown, either: unknown },
      failures: [],
    },
  ];
  for (const { what, value, failures } of cases) {
    it(what, () => assert.deepEqual(lines(value), failures));
  }

  it("refuses properties that it does not name when it is strict", () => {
    assert.deepEqual(lines({ name: "a", nmae: 1, items: [{ key: "k", kye: 1 }] }, { strict: true }), [
      "nmae: is no known property",
      "items[0].kye: is no known property",
    ]);
  });

  it("takes defaults for given", () => {
    assert.deepEqual(lines({ port: 1 }, { defaults: () => ({ name: "default" }) }), []);
    assert.deepEqual(lines({ port: 1 }, { defaults: () => ({}) }), ["name: is required"]);
  });

  it("judges by the part that a value touches as by the whole", () => {
    const whole = new Ajv({
      strict: false,
      validateSchema: false,
      meta: false,
      validateFormats: false,
    }).compile({
      ...schema,
      $schema: undefined,
    });
    const part = fc.record(
      {
        name: fc.constantFrom("a", "A", 1),
        port: fc.constantFrom(1, 0, "x"),
        mode: fc.constantFrom("a", "c"),
        labels: fc.dictionary(fc.string(), fc.oneof(fc.string(), fc.nat())),
        items: fc.array(fc.constantFrom({ key: "k" }, {}, { key: 1 }, 5)),
        either: fc.constantFrom({ x: 1 }, { x: 1, y: 1 }, {}),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(part, (value) => assert.equal(schemaFailures(schema, value).length === 0, whole(value))),
    );
  });
});
