import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cpSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { kubernetes } from "../../../../cli/plan/providers/kubernetes/index.js";
import type { Values } from "../../../../cli/plan/providers/standIn.js";
import { unknown } from "../../../../cli/plan/providers/values.js";
import { folderOfSuite } from "../../../kit/folder.js";

const chart = fileURLToPath(new URL("../../../real/plan/fixtures/chart/demo", import.meta.url));
const context = { urn: "urn:pulumi:s::p::t::x", type: "", name: "x" };
const demo = { chart: "oci://charts.example.org/demo", version: "1.0.0", name: "demo", namespace: "apps" };

describe("a Helm release", () => {
  const folder = folderOfSuite();
  before(() => {
    const pack = (archive: string, parent: string, name: string) =>
      execFileSync("tar", ["-czf", folder(`${archive}.tgz`), "-C", parent, name]);
    pack("demo-1.0.0", join(chart, ".."), "demo");
    pack("demo-2.0.0", join(chart, ".."), "demo");
    cpSync(chart, folder("schemaless"), { recursive: true });
    rmSync(folder("schemaless", "values.schema.json"));
    pack("schemaless-1.0.0", folder(), "schemaless");
  });

  async function check(inputs: Values) {
    const standIn = kubernetes({ charts: [folder()], cache: folder() });
    const { failures, defaults } = await standIn.kind("kubernetes:helm.sh/v3:Release")!.check!(
      inputs,
      context,
    );
    const lines = failures.map(({ property, reason }) => `${property}: ${reason}`);
    return { lines, defaults, releases: standIn.releases };
  }

  it("has its values checked against the chart's schema", async () => {
    const at = (values: Values) => check({ ...demo, values });
    assert.deepEqual((await at({ replicas: 2 })).lines, []);
    assert.deepEqual((await at({ replicas: 7 })).lines, ["values.replicas: must be <= 6"]);
    assert.deepEqual((await at({ replicas: unknown })).lines, []);
    assert.deepEqual((await at({})).lines, []);
  });

  it("has its values accepted where the chart is not at hand, or has no schema", async () => {
    assert.deepEqual((await check({ ...demo, version: "9.9.9", values: { replicas: "x" } })).lines, []);
    assert.deepEqual((await check({ ...demo, chart: "schemaless", values: { replicas: "x" } })).lines, []);
  });

  it("is recorded with its version, its archive, and the version that the archive says it has", async () => {
    const recorded = async (version: string) =>
      (await check({ ...demo, version, values: { a: 1 } })).releases;
    const common = { urn: context.urn, chart: demo.chart, name: "demo", namespace: "apps", values: { a: 1 } };
    const found = (version: string, archiveVersion?: string) => [
      { ...common, version, archive: folder(`demo-${version}.tgz`), archiveVersion },
    ];
    assert.deepEqual(await recorded("1.0.0"), found("1.0.0"));
    assert.deepEqual(await recorded("2.0.0"), found("2.0.0", "1.0.0"));
    assert.deepEqual(await recorded("3.0.0"), [
      { ...common, version: "3.0.0", archive: undefined, archiveVersion: undefined },
    ]);
  });

  it("is recorded once, however often it is checked", async () => {
    const standIn = kubernetes({ charts: [folder()], cache: folder() });
    const kind = standIn.kind("kubernetes:helm.sh/v3:Release")!;
    await kind.check!({ ...demo, name: "old" }, context);
    await kind.check!({ ...demo, name: "other" }, { ...context, urn: `${context.urn}2` });
    await kind.check!({ ...demo, name: "new" }, context);
    assert.deepEqual(
      standIn.releases.map(({ name }) => name),
      ["new", "other"],
    );
  });

  it("must be pinned", async () => {
    assert.deepEqual((await check({ chart: "demo", name: "demo" })).lines, [
      "version: is required: an exact version",
    ]);
  });

  it("gets a name, as the official provider gives it one", async () => {
    assert.match((await check({ chart: "demo", version: "1.0.0" })).defaults!["name"], /^x-[0-9a-f]{8}$/);
  });
});
