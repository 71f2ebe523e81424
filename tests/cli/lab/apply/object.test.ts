import assert from "node:assert/strict";
import type { ClusterConnection } from "../../../../cli/lab/apply/index.js";
import { appliedObject } from "../../../../cli/lab/apply/object.js";
import { managerOutput } from "../../../../cli/lab/apply/ownership.js";
import type { OperationContext, ResourceKind } from "../../../../cli/plan/providers/standIn.js";

describe("a patch that is given up", () => {
  it("is withdrawn from the very object that was seen, so that one deleted meanwhile is not made anew", async () => {
    const name = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "theirs", namespace: "shop" } };
    const managedFields = [
      { manager: "pulumi-1", operation: "Apply", fieldsV1: { "f:data": { "f:b": {} } } },
    ];
    const live = { ...name, metadata: { ...name.metadata, uid: "u-1", managedFields } };
    const applied: unknown[] = [];
    const api = {
      get: () => Promise.resolve(live),
      apply: (...args: unknown[]) => Promise.resolve(applied.push(args)),
    } as unknown as ClusterConnection["api"];
    const kind = appliedObject({} as ResourceKind, { api } as ClusterConnection, {
      upsert: false,
      force: false,
    });
    const context = { type: "kubernetes:core/v1:ConfigMapPatch" } as OperationContext;
    await kind.delete!({ id: "x", inputs: name, outputs: { [managerOutput]: "pulumi-1" } }, context);
    assert.deepEqual(applied, [
      [{ ...name, metadata: { ...name.metadata, uid: "u-1" } }, { manager: "pulumi-1" }],
    ]);
  });
});

describe("what the official provider would heed", () => {
  const propagation = 'metadata.annotations["pulumi.com/deletionPropagationPolicy"]';
  const unready = (kind: string) =>
    `kind: the lab does not know when a ${kind} is ready: annotate it with pulumi.com/waitFor, or with ` +
    'pulumi.com/skipAwait: "true"';
  const foreground = `${propagation}: the lab deletes in the foreground alone, which is the default`;
  const cases: [kind: string, annotations: Record<string, string>, lines: string[]][] = [
    ["ConfigMap", {}, []],
    ["Deployment", {}, []],
    ["Job", {}, [unready("Job")]],
    ["Pod", { skipAwait: "false" }, [unready("Pod")]],
    ["Service", {}, [unready("Service")]],
    ["Job", { skipAwait: "true" }, []],
    ["Job", { waitFor: "condition=Complete" }, []],
    ["ConfigMap", { deletionPropagationPolicy: "orphan" }, [foreground]],
    ["ConfigMap", { deletionPropagationPolicy: "Background" }, [foreground]],
    ["ConfigMap", { deletionPropagationPolicy: "foreground" }, []],
  ];
  for (const [kind, annotations, lines] of cases) {
    it(`${lines.length > 0 ? "is refused" : "is accepted"}: ${kind} ${JSON.stringify(annotations)}`, async () => {
      const recorded = { check: () => ({ failures: [] }) } as unknown as ResourceKind;
      const { check } = appliedObject(recorded, {} as ClusterConnection, { upsert: false, force: false });
      const named = Object.entries(annotations).map(([name, value]) => [`pulumi.com/${name}`, value]);
      const object = { kind, metadata: { annotations: Object.fromEntries(named) as object } };
      const { failures } = await check!(object, {} as OperationContext);
      assert.deepEqual(
        failures.map(({ property, reason }) => `${property}: ${reason}`),
        lines,
      );
    });
  }
});
