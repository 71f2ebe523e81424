import assert from "node:assert/strict";
import { readdirSync, writeFileSync } from "node:fs";
import { unknown } from "../../../../cli/plan/providers/values.js";
import { check, issuer } from "./checkedObjects.js";
import { folderOfSuite } from "../../../kit/folder.js";

const definition = `# a comment
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: things.example.org
spec:
  group: example.org
  names:
    kind: Thing
  versions:
    - name: v1
      schema:
        openAPIV3Schema:
          type: object
          required: [spec]
          properties:
            apiVersion: { type: string }
            metadata: { type: object }
            spec:
              type: object
              properties:
                size: { type: integer, minimum: 1 }
                port: { x-kubernetes-int-or-string: true, anyOf: [{ type: integer }, { type: string }] }
                free: { type: object, x-kubernetes-preserve-unknown-fields: true, properties: { a: { type: string } } }
                labels: { type: object, additionalProperties: { type: string } }
---
# nothing
`;

describe("custom resources with a definition at hand", () => {
  const thing = { apiVersion: "example.org/v1", kind: "Thing", metadata: { name: "x", labels: { a: "b" } } };
  const crds = folderOfSuite();
  before(() => {
    writeFileSync(crds("things.yaml"), definition);
    writeFileSync(crds("notes.txt"), "no definition");
  });
  const cases: { spec: unknown; lines: string[] }[] = [
    { spec: { size: 1, port: "http", free: { a: "b", c: [1] }, labels: { "a.b/c": "d" } }, lines: [] },
    { spec: { size: 0, port: 80 }, lines: ["spec.size: must be >= 1"] },
    { spec: { port: {} }, lines: ["spec.port: must be integer,string"] },
    { spec: { siez: 1 }, lines: ["spec.siez: is no known property"] },
    { spec: { free: { a: 1 } }, lines: ["spec.free.a: must be string"] },
    { spec: undefined, lines: ["spec: is required"] },
    { spec: { size: unknown }, lines: [] },
  ];
  for (const { spec, lines } of cases) {
    it(`${JSON.stringify(spec) ?? "nothing"}: ${lines.join() || "accepted"}`, async () =>
      assert.deepEqual(
        (await check({ ...thing, ...(spec ? { spec } : {}) }, { crds: crds(), cache: crds() })).lines,
        lines,
      ));
  }

  it("must be of a version that the definition has", async () => {
    const { lines } = await check(
      { ...thing, apiVersion: "example.org/v2", spec: {} },
      { crds: crds(), cache: crds() },
    );
    assert.deepEqual(lines, ["apiVersion: must be of example.org in version v1"]);
  });

  it("go by the definition and not by a model", async () => {
    const other = definition
      .replaceAll("example.org", "cert-manager.io")
      .replace("kind: Thing", "kind: ClusterIssuer");
    writeFileSync(crds("issuers.yml"), other);
    const { lines } = await check({ ...issuer, spec: { size: 1 } }, { crds: crds(), cache: crds() });
    assert.deepEqual(lines, []);
  });

  it("are parsed once and kept for the next plan", async () => {
    await check({ ...thing, spec: {} }, { crds: crds(), cache: crds() });
    const kept = readdirSync(crds()).filter((name) => /^[0-9a-f]{64}\.json$/.test(name));
    assert.ok(kept.length >= 1);
    for (const name of kept) writeFileSync(crds(name), JSON.stringify({ spec: { versions: [] } }));
    const { lines } = await check({ ...thing, spec: {} }, { crds: crds(), cache: crds() });
    assert.deepEqual(lines, ["apiVersion: must be of example.org in version "]);
  });
});
