import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import type { Api } from "../../../../cli/lab/apply/api.js";
import { appliedObject, type Cluster } from "../../../../cli/lab/apply/object.js";
import { turns } from "../../../../cli/lab/apply/release.js";
import type { Values } from "../../../../cli/plan/providers/standIn.js";

describe("operations on one release", () => {
  it("take turns, whether the one before succeeds or fails; those on another do not wait", async () => {
    const inTurn = turns();
    const steps: string[] = [];
    const work =
      (name: string, milliseconds: number, fails = false) =>
      async () => {
        steps.push(`${name} begins`);
        await sleep(milliseconds);
        steps.push(`${name} ends`);
        if (fails) throw new Error(name);
        return name;
      };
    const first = assert.rejects(inTurn("a", work("first", 60, true)), { message: "first" });
    const second = inTurn("a", work("second", 30));
    const other = inTurn("b", work("other", 1));
    assert.deepEqual(await Promise.all([second, other]), ["second", "other"]);
    await first;
    assert.deepEqual(steps, [
      ...["first begins", "other begins", "other ends", "first ends"],
      ...["second begins", "second ends"],
    ]);
  });
});

describe("giving up a patch", () => {
  it("cannot make an object anew that is deleted meanwhile", async () => {
    const applied: Values[] = [];
    const metadata = { name: "x", namespace: "y", uid: "u", managedFields: [{ manager: "m" }] };
    const api = {
      get: () => Promise.resolve({ metadata }),
      apply: (object: Values) => {
        applied.push(object);
        return Promise.resolve({});
      },
    } as unknown as Api;
    const patch = appliedObject({ create: () => ({ id: "x" }) }, { api, owner: "o" } as Cluster, {
      upsert: false,
      force: false,
    });
    const inputs = {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "x", namespace: "y" },
      data: { a: "1" },
    };
    const context = { urn: "urn", type: "kubernetes:core/v1:ConfigMapPatch", name: "x" };
    await patch.delete!({ id: "y/x", inputs, outputs: { __fieldManager: "m" } }, context);
    // The API server refuses a uid that no object has.
    assert.deepEqual(applied, [
      { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "x", namespace: "y", uid: "u" } },
    ]);
  });
});
