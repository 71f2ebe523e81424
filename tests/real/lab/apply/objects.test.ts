import assert from "node:assert/strict";
import { UnreadyResource } from "../../../../cli/plan/providers/host.js";
import type { Values } from "../../../../cli/plan/providers/standIn.js";
import { isSecret, secret } from "../../../../cli/plan/providers/values.js";
import { hostOn } from "./lab.js";
import { configMap, deployment, named, namespace, ObjectsLab } from "./objectsLab.js";
import { waitingTests } from "./waitingTests.js";

describe("objects that are really applied", function () {
  this.timeout(120_000);
  const lab = ObjectsLab.ofSuite(`apply-objects-${process.pid}`);

  describe("and waited for", () => waitingTests(lab));

  it("are made, changed, kept as they are wanted, and removed", async () => {
    const made = lab.resource("core/v1:ConfigMap");
    const outputs = await made.create(configMap("life", { a: "1", b: "2" }));
    assert.equal(made.id, `${namespace}/life`);
    assert.match(outputs["metadata"].uid, /^[0-9a-f-]{36}$/);
    assert.match(outputs["__fieldManager"], /^pulumi-kubernetes-/);
    assert.equal(outputs["metadata"].managedFields, undefined);

    await lab.cluster.api.apply(configMap("life", {}, { other: "theirs" }), { manager: "somebody" });
    await made.update(configMap("life", { b: "3" }));
    const { data, metadata } = await lab.live(made.inputs);
    assert.deepEqual(data, { b: "3" });
    assert.equal(metadata.annotations.other, "theirs");
    assert.deepEqual(await made.refresh(), []);

    await made.delete();
    assert.equal(await lab.cluster.api.get(made.inputs), undefined);
    assert.equal(await made.refresh(), undefined);
    await made.delete();
  });

  it("show as drift what somebody changed or removed, and nothing else", async () => {
    const made = lab.resource("core/v1:ConfigMap");
    await made.create(configMap("drift", { a: "1", b: "2" }, { "pulumi.com/patchForce": "true" }));
    await lab.kubectl(
      "patch",
      "configmap",
      "drift",
      "--type=merge",
      "--patch",
      '{"data":{"a":"9","b":null,"c":"3"}}',
    );
    assert.deepEqual(await made.refresh(), ["data.a", "data.b"]);
    await made.update(configMap("drift", { a: "1", b: "2" }, { "pulumi.com/patchForce": "true" }));
    assert.deepEqual((await lab.live(made.inputs))["data"], { a: "1", b: "2" });
    assert.deepEqual(await made.refresh(), []);
    await lab.kubectl("delete", "configmap", "drift");
    assert.equal(await made.refresh(), undefined);
  });

  it("show no drift where the server writes a value in another way", async () => {
    const made = lab.resource("apps/v1:Deployment");
    await made.create(deployment("quantities"));
    const { spec } = await lab.live(made.inputs);
    assert.equal(spec.template.spec.containers[0].resources.requests.cpu, "1");
    assert.deepEqual(await made.refresh(), []);
    await lab.kubectl("set", "image", "deployment/quantities", "main=other");
    const [path, ...others] = (await made.refresh())!;
    assert.match(path!, /^spec\.template\.spec\.containers\.0\./);
    assert.deepEqual(
      others.filter((other) => !other.startsWith("spec.template.spec.containers.0.")),
      [],
    );
  });

  it("are not taken away from somebody else without patchForce", async () => {
    const made = lab.resource("core/v1:ConfigMap");
    await made.create(configMap("conflict", { a: "1" }));
    await lab.cluster.api.apply(configMap("conflict", { a: "9" }), { manager: "somebody", force: true });
    await assert.rejects(made.update(configMap("conflict", { a: "2" })), (error: Error) => {
      assert.ok(error instanceof UnreadyResource, "what is wanted is recorded");
      assert.equal(error.message, 'Apply failed with 1 conflict: conflict with "somebody": .data.a');
      return true;
    });
    await made.update(configMap("conflict", { a: "2" }, { "pulumi.com/patchForce": "true" }));
    assert.deepEqual((await lab.live(made.inputs))["data"], { a: "2" });
  });

  it("have a manager of their own from the first update on, which takes over what kubectl has set", async () => {
    const made = lab.resource("core/v1:ConfigMap");
    await made.create(configMap("succession", { a: "1", b: "1" }));
    const managers = async () =>
      ((await lab.live(made.inputs))["metadata"].managedFields as Values[])
        .map(({ manager, operation }) => `${manager} ${operation}`)
        .sort();
    assert.deepEqual(await managers(), ["pulumi-kubernetes Update"]);
    await lab.kubectl(
      "patch",
      "configmap",
      "succession",
      "--type=merge",
      "--patch",
      '{"data":{"a":"9","c":"9"}}',
    );
    await made.update(configMap("succession", { a: "2" }));
    assert.deepEqual((await lab.live(made.inputs))["data"], { a: "2" });
    assert.deepEqual(await managers(), [`${made.outputs["__fieldManager"]} Apply`]);
  });

  it("that somebody has deleted are not made anew by an update", async () => {
    const made = lab.resource("core/v1:ConfigMap");
    await made.create(configMap("deleted", { a: "1" }));
    await lab.kubectl("delete", "configmap", "deleted");
    await assert.rejects(made.update(configMap("deleted", { a: "2" })), {
      message: `ConfigMap ${namespace}/deleted is not there any more: pulumi refresh takes it out of the state`,
    });
  });

  it("are taken away by a provider that forces, whose own word counts before the environment's", async () => {
    process.env["PULUMI_K8S_ENABLE_PATCH_FORCE"] = "true";
    try {
      const upsertExistingObjects = "true";
      const kept = await hostOn(lab.plane, {
        configuration: { upsertExistingObjects, enablePatchForce: "false" },
      });
      const forcing = await hostOn(lab.plane, { configuration: { upsertExistingObjects } });
      await lab.kubectl("create", "configmap", "forced", "--from-literal=a=1");
      const wanted = configMap("forced", { a: "2" });
      await assert.rejects(lab.resource("core/v1:ConfigMap", kept.host).create(wanted), /Apply failed/);
      await lab.resource("core/v1:ConfigMap", forcing.host).create(wanted);
      assert.deepEqual((await lab.live(wanted))["data"], { a: "2" });
    } finally {
      delete process.env["PULUMI_K8S_ENABLE_PATCH_FORCE"];
    }
  });

  it("that exist already are refused, whatever made them", async () => {
    const wanted = configMap("exists", { a: "1" });
    await lab.resource("core/v1:ConfigMap").create(wanted);
    await assert.rejects(lab.resource("core/v1:ConfigMap").create(wanted), {
      message: 'configmaps "exists" already exists',
    });
  });

  it("that exist already are taken over when the provider is told to, and fields when the object says so", async () => {
    await lab.kubectl("create", "configmap", "upsert", "--from-literal=a=1", "--from-literal=b=1");
    const upserting = await hostOn(lab.plane, { configuration: { upsertExistingObjects: "true" } });
    const taken = lab.resource("core/v1:ConfigMap", upserting.host);
    await assert.rejects(taken.create(configMap("upsert", { a: "2" })), {
      message: 'Apply failed with 1 conflict: conflict with "kubectl-create" using v1: .data.a',
    });
    // What has the wanted value already is shared.
    await taken.create(configMap("upsert", { b: "1" }));
    const wanted = configMap("upsert", { a: "2", b: "1" }, { "pulumi.com/patchForce": "true" });
    await taken.update(wanted);
    assert.deepEqual((await lab.live(wanted))["data"], { a: "2", b: "1" });
    assert.deepEqual(await taken.refresh(), []);
  });

  it("that cannot be changed are replaced", async () => {
    const made = lab.resource("core/v1:Secret");
    const wanted = (value: string) => ({
      ...named("v1", "Secret", "immutable"),
      immutable: true,
      stringData: { key: secret(value) },
    });
    await made.create(wanted("needle-one"));
    const { inputs: next } = await lab.host.check(made.urn, wanted("needle-two"));
    const { changes, deleteBeforeReplace } = lab.host.diff(made.urn, made, next);
    assert.deepEqual(
      changes.map(({ path, replaces }) => [path.join("."), replaces]),
      [["data.key", true]],
    );
    assert.equal(deleteBeforeReplace, true);
    await assert.rejects(made.update(wanted("needle-two")), (error: Error) => {
      assert.match(error.message, /field is immutable when `immutable` is set/);
      assert.doesNotMatch(error.message, /needle/);
      return true;
    });
    await made.delete();
    await made.create(wanted("needle-two"));
    assert.equal((await lab.live(made.inputs))["data"].key, Buffer.from("needle-two").toString("base64"));
  });

  it("that are Secrets stay secret in the state, and lose the keys that are no longer given", async () => {
    const made = lab.resource("core/v1:Secret");
    const wanted = (stringData: Values) => ({ ...named("v1", "Secret", "secret"), stringData });
    const outputs = await made.create(wanted({ a: secret("needle-a"), b: secret("needle-b") }));
    assert.ok(isSecret(outputs["data"]));
    assert.deepEqual(await made.refresh(), []);

    await lab.kubectl(
      "patch",
      "secret",
      "secret",
      "--type=merge",
      "--patch",
      '{"stringData":{"a":"needle-c"}}',
    );
    assert.deepEqual(await made.refresh(), ["data.a"]);
    assert.deepEqual(made.inputs["data"], secret({ a: btoa("needle-c"), b: btoa("needle-b") }));

    await made.update(wanted({ b: secret("needle-b") }));
    assert.deepEqual(Object.keys((await lab.live(made.inputs))["data"]).includes("b"), true);
    await made.update(wanted({ d: secret("needle-d") }));
    assert.equal("b" in (await lab.live(made.inputs))["data"], false);
  });

  it("are refused with a property that the server does not know", async () => {
    const { urn } = lab.resource("core/v1:ConfigMap");
    // Past the check, which refuses it first.
    await assert.rejects(lab.host.create(urn, { ...configMap("strict", {}), datas: {} }, false), {
      message: /strict decoding error: unknown field "datas"/,
    });
  });

  it("that belong to others are patched, and left with what was theirs", async () => {
    await lab.kubectl("create", "configmap", "theirs", "--from-literal=a=1");
    const patch = lab.resource("core/v1:ConfigMapPatch");
    await patch.create(configMap("theirs", { b: "2" }));
    assert.deepEqual((await lab.live(patch.inputs))["data"], { a: "1", b: "2" });
    assert.deepEqual(await patch.refresh(), []);
    await patch.update(configMap("theirs", { c: "3" }));
    assert.deepEqual((await lab.live(patch.inputs))["data"], { a: "1", c: "3" });
    await patch.delete();
    assert.deepEqual((await lab.live(patch.inputs))["data"], { a: "1" });
    await patch.delete();
    await lab.kubectl("delete", "configmap", "theirs");
    await patch.delete();
    assert.equal(await lab.cluster.api.get(patch.inputs), undefined);
  });

  it("in a namespace that does not exist are refused", async () => {
    const { apiVersion, kind } = configMap("x", {});
    const nowhere = { apiVersion, kind, metadata: { name: "x", namespace: "nowhere" } };
    await assert.rejects(lab.resource("core/v1:ConfigMap").create(nowhere), {
      message: 'namespaces "nowhere" not found',
    });
  });
});
