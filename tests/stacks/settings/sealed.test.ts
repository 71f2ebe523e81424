import assert from "node:assert/strict";
import type { Output } from "@pulumi/pulumi";
import { neededKeys } from "../../../cli/state/heldKeys.js";
import { clusterSecurity } from "../../../stacks/clusterSecurity.js";
import { stackFileSchema } from "../../../stacks/settings/jsonSchema.js";
import { datedNotes, parseSettings, projectName } from "../../../stacks/settings/index.js";
import { capture, isSecret, valueOf } from "../../kit/capture.js";
import { answers } from "../answers.js";
import { fixtures, rawSettings, valueAt } from "./fixtures.js";

interface Schema {
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  anyOf?: Schema[];
  enum?: unknown[];
  examples?: unknown[];
}

const { properties } = stackFileSchema(projectName) as { properties: { config: Schema } };
const withValues = rawSettings(
  fixtures("accepted").find(({ name }) => name === "existing-cluster-with-values")!,
);
/** What a rule wants next to a secret, and has no example. */
const companions: Record<string, unknown> = {
  certificate: valueAt(withValues, "secrets.sealingKeys[0].certificate"),
};

/** Every secret setting at once, sealed, with what it needs next to it. Of each list with a secret there are two entries. */
class Sealed {
  readonly paths: string[] = [];

  constructor(private readonly seal: (path: string) => string) {}

  /** @returns nothing where the schema has no secret. */
  valueOf(schema: Schema, path: string, entry = 0): unknown {
    if (schema.anyOf?.some(({ properties }) => properties?.["secure"])) {
      this.paths.push(path);
      return { secure: this.seal(path) };
    }
    if (schema.items) {
      const [first, second] = [0, 1].map((index) => this.valueOf(schema.items!, `${path}[${index}]`, index));
      return first === undefined ? undefined : [first, second];
    }
    const parts = Object.entries(schema.properties ?? {}).map(
      ([key, part]) => [key, this.valueOf(part, path ? `${path}.${key}` : key, entry)] as const,
    );
    const secrets = parts.filter(([, value]) => value !== undefined);
    if (secrets.length === 0) return undefined;
    const others = Object.entries(schema.properties!).flatMap(([key, { examples, enum: values }]) => {
      const isWanted = schema.required?.includes(key) || key in companions;
      const example = companions[key] ?? examples?.[0] ?? values?.[0];
      // Names and addresses are unique.
      return isWanted && example !== undefined ? [[key, another(example, entry)]] : [];
    });
    return { ...Object.fromEntries(others), ...Object.fromEntries(secrets) };
  }
}

function another(example: unknown, entry: number): unknown {
  if (typeof example !== "string" || example.includes(" ")) return example;
  return example.replace(/[a-z0-9]$/, (last) =>
    /\d/.test(last) ? String((Number(last) + entry) % 10) : last.repeat(entry + 1),
  );
}

describe("settings whose secrets are all sealed", function () {
  this.timeout(60_000);
  const seals: Record<string, (path: string) => string> = {
    "each with a text of its own": (path) => `v1:${path}`,
    "all with the same text": () => "v1:same",
  };
  for (const [what, seal] of Object.entries(seals)) {
    for (const existing of [true, false]) {
      it(`are accepted, and no rule judges a placeholder: ${what}, cluster.existing: ${existing}`, async () => {
        const sealed = new Sealed(seal);
        const raw = rawSettings({
          set: { "cluster.existing": existing, "cluster.controlPlaneEndpoint": "lb.example.net:6443" },
        });
        for (const [name, schema] of Object.entries(properties.config.properties!)) {
          const key = name.slice(name.indexOf(":") + 1);
          raw[key] = merged(raw[key], sealed.valueOf(schema, key));
        }
        const { settings, notes, missing, texts } = parseSettings(raw, "test");
        assert.deepEqual([missing, texts], [[], []]);
        for (const path of sealed.paths) {
          const value = valueAt(settings, path) as Output<string>;
          assert.ok(await isSecret(value), path);
          assert.ok(!notes.join("\n").includes(await valueOf(value)), path);
        }
        assert.ok(!notes.some((note) => note.includes("anybody knows it")), notes.join("\n"));
        assert.ok(sealed.paths.length >= 17, sealed.paths.join("\n"));

        // Who else reads settings with placeholders in them.
        datedNotes(settings);
        assert.deepEqual(
          neededKeys(settings, { resources: [] }).filter(({ held }) => held),
          [],
        );
        const { resources } = await capture(() => clusterSecurity(settings), answers);
        assert.ok(resources.length > 100);
      });
    }
  }
});

/** Two trees in one; where both have a value, the second one's. */
function merged(one: any, other: any): unknown {
  if (other === undefined) return one;
  if (typeof one !== "object" || one === null || typeof other !== "object" || Array.isArray(other))
    return other;
  return Object.fromEntries(
    [...new Set([...Object.keys(one), ...Object.keys(other)])].map((key) => [
      key,
      merged(one[key], other[key]),
    ]),
  );
}
