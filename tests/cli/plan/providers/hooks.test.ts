import assert from "node:assert/strict";
import { Host } from "../../../../cli/plan/providers/host.js";
import { standIn, type ResourceKind } from "../../../../cli/plan/providers/standIn.js";
import { secret } from "../../../../cli/plan/providers/values.js";

const urn = "urn:pulumi:lab::test::demo:index:Thing::x";

function hostOf(kind: Partial<ResourceKind>): Host {
  const create = () => ({ id: "x" });
  return new Host([standIn("demo", { "demo:index:Thing": { create, ...kind } })], { failures: "refuse" });
}

describe("a kind of a stand-in", () => {
  const existing = { id: "x", inputs: { a: secret("one") }, outputs: { a: secret("one"), made: "here" } };

  it("is recorded as it is wanted, with the outputs that are secret by themselves", async () => {
    const create = () => ({ id: "x", outputs: { token: "t", version: 1 } });
    const host = hostOf({ secretOutputs: ["token"], create });
    const inputs = { data: { key: secret("hidden") } };
    assert.deepEqual(await host.create(urn, inputs, false), {
      id: "x",
      outputs: { data: { key: secret("hidden") }, token: secret("t"), version: 1 },
    });
  });

  it("is told what was recorded and what is wanted", async () => {
    const told: unknown[] = [];
    const host = hostOf({
      update: (before, news, { name }) => {
        told.push(before.outputs, news, name);
        return Promise.resolve({ outputs: { version: 2 } });
      },
    });
    const outputs = await host.update(urn, existing, { a: secret("two") }, false);
    assert.deepEqual(outputs, { a: secret("two"), version: 2 });
    assert.deepEqual(told, [{ a: "one", made: "here" }, { a: "two" }, "x"]);
  });

  it("is not changed by a preview", async () => {
    const host = hostOf({ update: () => Promise.reject(new Error("changed")) });
    assert.deepEqual(await host.update(urn, existing, { a: "two" }, true), { a: "two", made: "here" });
  });

  it("is found as it is, or gone", async () => {
    const host = hostOf({
      read: () => Promise.resolve({ inputs: { a: secret("other") }, outputs: { uid: "u" } }),
    });
    assert.deepEqual(await host.read(urn, existing), {
      inputs: { a: secret("other") },
      outputs: { a: secret("other"), uid: "u" },
    });
    assert.equal(await hostOf({ read: () => Promise.resolve(undefined) }).read(urn, existing), undefined);
  });

  it("is read and deleted as recorded without hooks for it", async () => {
    assert.deepEqual(await hostOf({}).read(urn, existing), existing);
    await hostOf({}).delete(urn, existing);
  });

  it("says no secret when it fails, neither in plain nor as a Secret holds it", async () => {
    const base64 = Buffer.from("needle").toString("base64");
    const fails = () => Promise.reject(new Error(`Invalid value: "needle" (${base64})`));
    const host = hostOf({ create: fails, update: fails, read: fails, delete: fails });
    const inputs = { list: [{ a: secret("needle") }] };
    const recorded = { id: "x", inputs, outputs: {} };
    for (const operation of [
      () => host.create(urn, inputs, false),
      () => host.update(urn, { ...recorded, inputs: {} }, inputs, false),
      () => host.read(urn, recorded),
      () => host.delete(urn, recorded),
    ]) {
      await assert.rejects(operation, { message: 'Invalid value: "[secret]" ([secret])' });
    }
  });
});
