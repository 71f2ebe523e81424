import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { format } from "prettier";
import { parse } from "yaml";
import { parseSettings, projectName, SettingsError, settingsOf } from "../../../stacks/settings/index.js";
import { overlaps } from "../../../stacks/settings/fields/networks.js";
import { stackFileSchema } from "../../../stacks/settings/jsonSchema.js";
import { fixtures, problemsOf, rawSettings, valueAt } from "./fixtures.js";

describe("settings", () => {
  describe("accepted", () => {
    for (const fixture of [...fixtures("accepted"), ...fixtures("noted")]) {
      it(fixture.name, () => {
        const { settings, notes, missing } = parseSettings(rawSettings(fixture), "test");
        for (const [key, expected] of Object.entries(fixture.expect ?? {})) {
          assert.deepEqual(valueAt(settings, key), expected, key);
        }
        assert.deepEqual(notes, fixture.notes ?? []);
        assert.deepEqual(
          missing.map((text) => text.slice(0, text.indexOf(":"))),
          fixture.missing ?? [],
        );
      });
    }
  });

  describe("rejected", () => {
    for (const fixture of fixtures("rejected")) {
      it(fixture.name, () => assert.equal(problemsOf(rawSettings(fixture)).join("\n"), fixture.message));
    }
  });

  it("has a message of its own for each mistake", () => {
    const seen = new Map<string, string>();
    for (const { name, message } of fixtures("rejected")) {
      assert.equal(seen.get(message!), undefined, name);
      seen.set(message!, name);
    }
  });

  it("refuses text that is no JSON without quoting it", () => {
    assert.throws(
      () => settingsOf({ "cluster-security:registry": '{"adminPassword": "needle", broken' }),
      (error) => {
        assert.ok(error instanceof SettingsError);
        assert.match(
          error.problems[0]!,
          /^registry: is text, and not JSON( at character \d+)?; write the settings as YAML/,
        );
        return !error.message.includes("needle");
      },
    );
  });

  it("tells how to read and give a value that guards existing data", () => {
    const { missing } = parseSettings(rawSettings({ set: { "cluster.existing": true } }), "musashi");
    assert.equal(
      missing[2],
      // Harbor reads it at its first start alone: one that was drawn now would be the password of nobody.
      `registry.adminPassword: the cluster exists, so the password of Harbor's admin is not generated.
      read it: kubectl -n harbor get secret harbor-credentials-admin -o go-template='{{index .data "HARBOR_ADMIN_PASSWORD" | base64decode}}' || kubectl -n harbor get secret harbor-core -o go-template='{{index .data "HARBOR_ADMIN_PASSWORD" | base64decode}}' (as it was at Harbor's first start; where it was changed since, give the present one)
      give it: pulumi config set --stack musashi --secret --path 'cluster-security:registry.adminPassword'`,
    );
    assert.equal(
      missing[3],
      `registry.secretKey: the cluster exists, so Harbor's secretKey is not generated.
      read it: kubectl -n harbor get secret harbor-credentials-secret-key -o go-template='{{index .data "secretKey" | base64decode}}' || kubectl -n harbor get secret harbor-core -o go-template='{{index .data "secretKey" | base64decode}}'
      give it: pulumi config set --stack musashi --secret --path 'cluster-security:registry.secretKey'`,
    );
  });

  it("gives what has several lines from a file", () => {
    const set = { "cluster.existing": true, "secrets.sealingKeys": [{ name: "old" }] };
    const { missing } = parseSettings(rawSettings({ set }), "home");
    assert.match(
      missing.find((line) => line.startsWith("secrets.sealingKeys[0].privateKey: "))!,
      / give it: pulumi config set --stack home --secret --path 'cluster-security:secrets\.sealingKeys\[0\]\.privateKey' < FILE$/,
    );
  });

  it("asks for what others give out on a new cluster as well", () => {
    const set = { "monitoring.receivers": { gmail: { address: "ops@example.com" } } };
    assert.deepEqual(parseSettings(rawSettings({ set }), "home").missing, [
      `monitoring.receivers.gmail.appPassword: the app password of ops@example.com cannot be generated.
      read it: make one at https://myaccount.google.com/apppasswords
      give it: pulumi config set --stack home --secret --path 'cluster-security:monitoring.receivers.gmail.appPassword'`,
    ]);
  });

  it("never fails with anything but a SettingsError, whatever it is given", () => {
    fc.assert(
      fc.property(fc.constantFrom(...Object.keys(rawSettings({}))), fc.anything(), (key, value) => {
        problemsOf({ ...rawSettings({}), [key]: value });
      }),
    );
  });

  it("finds overlapping networks whichever comes first", () => {
    const network = fc.tuple(fc.nat(255), fc.nat(255), fc.integer({ min: 8, max: 24 }));
    fc.assert(
      fc.property(network, network, (a, b) => {
        const range = ([x, y, prefix]: [number, number, number]): [number, number] => {
          const size = 2 ** (32 - prefix);
          const start = Math.floor((x * 2 ** 24 + y * 2 ** 16) / size) * size;
          return [start, start + size - 1];
        };
        const cidr = (n: [number, number, number]) => `${n[0]}.${n[1]}.0.0/${n[2]}`;
        const [left, right] = [range(a), range(b)];
        const expected = left[0] <= right[1] && right[0] <= left[1];
        assert.equal(overlaps(cidr(a), cidr(b)), expected);
        assert.equal(overlaps(cidr(b), cidr(a)), expected);
      }),
    );
  });

  it("has a JSON Schema for editors that is current", async () => {
    const file = new URL("../../../stacks/settings/settings.schema.json", import.meta.url);
    const current = await format(JSON.stringify(stackFileSchema(projectName)), {
      parser: "json",
      printWidth: 110,
    });
    assert.equal(readFileSync(file, "utf8"), current, "run npm run settings-schema");
  });

  it("describes every setting for editors", () => {
    const undescribed = (schema: any, path: string): string[] => [
      ...(schema.description || schema.type === undefined ? [] : [path]),
      ...Object.entries(schema.properties ?? {}).flatMap(([key, inner]) =>
        undescribed(inner, `${path}.${key}`),
      ),
      ...(schema.items?.properties
        ? Object.entries(schema.items.properties).flatMap(([key, inner]) =>
            undescribed(inner, `${path}[].${key}`),
          )
        : []),
    ];
    const { properties } = stackFileSchema(projectName) as any;
    const groups = Object.entries(properties.config.properties);
    assert.deepEqual(
      groups.flatMap(([key, schema]) => undescribed(schema, key)),
      [],
    );
  });

  for (const stack of ["musashi", "lab"]) {
    it(`parses Pulumi.${stack}.yaml`, () => {
      const { config } = parse(
        readFileSync(new URL(`../../../Pulumi.${stack}.yaml`, import.meta.url), "utf8"),
      );
      const raw = Object.fromEntries(
        Object.entries(config).map(([key, value]) => [key.split(":")[1], value]),
      );
      assert.deepEqual(problemsOf(raw), []);
    });
  }
});
