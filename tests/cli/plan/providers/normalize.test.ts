import assert from "node:assert/strict";
import { tmpdir } from "node:os";
import { Host } from "../../../../cli/plan/providers/host.js";
import { kubernetes } from "../../../../cli/plan/providers/kubernetes/index.js";
import { canonicalQuantity, normalized } from "../../../../cli/plan/providers/kubernetes/normalize.js";
import type { Values } from "../../../../cli/plan/providers/standIn.js";
import { secret, unknown } from "../../../../cli/plan/providers/values.js";

const metadata = { name: "x", namespace: "a" };
const object = { apiVersion: "v1", kind: "Secret", metadata };

// https://github.com/pulumi/pulumi-kubernetes, provider/pkg/clients/unstructured.go, normalizeSecretStringData
describe("the inputs of a Secret", () => {
  const cases: [what: string, inputs: Values, expected: Values][] = [
    ["stringData in base64", { stringData: { a: "ü" } }, { data: secret({ a: "w7w=" }) }],
    ["a secret value", { stringData: { a: secret("1") } }, { data: secret({ a: "MQ==" }) }],
    ["a secret map", { stringData: secret({ a: "1" }) }, { data: secret({ a: "MQ==" }) }],
    [
      "both, of which stringData wins",
      { data: { a: "old", b: "Mg==" }, stringData: { a: "1" } },
      { data: secret({ a: "MQ==", b: "Mg==" }) },
    ],
    ["data alone, which is secret all the same", { data: { a: "MQ==" } }, { data: secret({ a: "MQ==" }) }],
    ["nothing", { stringData: {} }, {}],
  ];
  for (const [what, inputs, expected] of cases) {
    it(`keep in data ${what}`, () =>
      assert.deepEqual(normalized({ ...object, ...inputs }), { ...object, ...expected }));
  }

  it("stay as they are with a value that is not known yet", () => {
    const inputs = { ...object, stringData: { a: unknown } };
    assert.deepEqual(normalized(inputs), inputs);
  });

  it("are those of the core group alone", () => {
    const inputs = { ...object, apiVersion: "example.org/v1", stringData: { a: "1" } };
    assert.deepEqual(normalized(inputs), inputs);
  });
});

// What `kubectl create --dry-run=server` printed for these.
describe("quantities", () => {
  const cases = {
    "1000m": "1",
    "0.5": "500m",
    "1500m": "1500m",
    "1024Mi": "1Gi",
    "1.5Gi": "1536Mi",
    "1000": "1k",
    "100k": "100k",
    "0": "0",
    "1Ki": "1Ki",
    "0.1": "100m",
    none: "none",
  };
  for (const [written, kept] of Object.entries(cases)) {
    it(`of ${written} are ${kept}`, () => assert.equal(canonicalQuantity(written), kept));
  }

  it("are kept like that in the inputs of a Deployment, and as they are in those of a custom resource", () => {
    const spec = { containers: [{ resources: { requests: { cpu: "1000m" } } }] };
    assert.deepEqual(normalized({ apiVersion: "apps/v1", kind: "Deployment", spec })["spec"], {
      containers: [{ resources: { requests: { cpu: "1" } } }],
    });
    assert.deepEqual(normalized({ apiVersion: "example.org/v1", kind: "Thing", spec })["spec"], spec);
  });
});

// https://github.com/pulumi/pulumi-kubernetes, provider/pkg/provider/provider.go, Diff: pruneLiveState(oldLive, oldInputs)
describe("a second run", () => {
  const urn = "urn:pulumi:s::p::kubernetes:core/v1:ConfigMap::x";
  async function secondRun(program: Values): Promise<string[]> {
    const host = new Host([kubernetes({ cache: tmpdir() })], { failures: "refuse" });
    const { inputs } = await host.check(urn, program);
    const { outputs } = await host.create(urn, inputs, false);
    return host
      .diff(urn, { inputs, outputs }, inputs)
      .changes.map(({ path, kind }) => `${kind} ${path.join(".")}`);
  }
  const configMap = { apiVersion: "v1", kind: "ConfigMap", metadata };

  it("changes nothing that the API server keeps", async () =>
    assert.deepEqual(await secondRun({ ...configMap, data: { a: "1" } }), []));

  it("adds empty annotations and labels again, which the API server drops", async () => {
    const empty = { ...configMap, metadata: { ...metadata, annotations: {}, labels: {} } };
    assert.deepEqual(await secondRun(empty), ["add metadata.annotations", "add metadata.labels"]);
  });
});
