import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { format } from "prettier";
import { z } from "zod";
import { projectName } from "../../../stacks/settings/index.js";
import { settingsReference } from "../../../stacks/settings/referencePage.js";
import { settingsSchema } from "../../../stacks/settings/schema.js";

describe("docs/reference/settings.md", () => {
  const page = settingsReference(projectName);
  const rows = page
    .split("\n")
    .filter((line) => line.startsWith("| `"))
    .map((line) => line.split(/(?<!\\)\|/).map((cell) => cell.trim()))
    .map(([, setting, type, value, what, example]) => ({ setting, type, value, what, example }));

  it("is current", async () => {
    const file = new URL("../../../docs/reference/settings.md", import.meta.url);
    const current = await format(page, { parser: "markdown", printWidth: 110 });
    assert.equal(readFileSync(file, "utf8"), current, "run npm run settings-schema");
  });

  it("shows type, default, meaning and example of a setting", () => {
    assert.deepEqual(
      rows.find(({ setting }) => setting === "`backups.velero.schedules[].ttl`"),
      {
        setting: "`backups.velero.schedules[].ttl`",
        type: "text",
        value: "`720h`",
        what: "How long a backup is kept.",
        example: "`720h`",
      },
    );
  });

  it("lists what is nested in lists, maps and choices, and never a secret's parts", () => {
    const settings = rows.map(({ setting }) => setting);
    for (const setting of ["cluster.nodes[].ssh.hostKey", "access.namespaces.<name>.limits.max"]) {
      assert.ok(settings.includes(`\`${setting}\``), setting);
    }
    assert.ok(settings.includes("`network.flows[].podPort`"));
    assert.deepEqual(
      settings.filter((setting) => setting!.includes(".secure")),
      [],
    );
  });

  it("describes every setting", () => {
    assert.deepEqual(
      rows.filter(({ what }) => !what),
      [],
    );
  });

  it("has an example of every setting that is not an object or a secret", () => {
    const without = rows.filter(
      ({ type, example }) => !example && !/^(secret|(list: |map: )?(text or )?object)$/.test(type!),
    );
    assert.deepEqual(
      without.map(({ setting }) => setting),
      ["`secrets.sealingKeys[].certificate`"],
    );
  });

  it("has examples that the settings accept", () => {
    const refused: unknown[] = [];
    let count = 0;
    z.toJSONSchema(settingsSchema, {
      io: "input",
      override: ({ zodSchema, jsonSchema }) => {
        for (const example of jsonSchema.examples ?? []) {
          count++;
          if (!z.safeParse(zodSchema, example).success) refused.push(example);
        }
      },
    });
    assert.ok(count > 50, `${count}`);
    assert.deepEqual(refused, []);
  });
});
