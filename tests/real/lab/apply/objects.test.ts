import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import type { Cluster } from "../../../../cli/lab/apply/index.js";
import type { ControlPlane } from "../../../../cli/lab/cluster/controlPlane.js";
import type { Host } from "../../../../cli/plan/providers/host.js";
import { UnreadyResource } from "../../../../cli/plan/providers/host.js";
import type { Values } from "../../../../cli/plan/providers/standIn.js";
import { isSecret, secret } from "../../../../cli/plan/providers/values.js";
import { crds } from "../sealed-secrets/lab.js";
import { crashApiServer, endLab, hostOn, Resource, startLab } from "./lab.js";

describe("objects that are really applied", function () {
  this.timeout(120_000);
  const name = `apply-objects-${process.pid}`;
  let plane: ControlPlane;
  let cluster: Cluster;
  let host: Host;
  const namespace = "objects";

  before(async () => {
    plane = await startLab(name);
    ({ host, cluster } = await hostOn(plane, { crds: existsSync(crds) ? crds : undefined }));
    await new Resource(host, "core/v1:Namespace", "ns").create(
      named("v1", "Namespace", namespace, undefined),
    );
  });
  after(() => endLab(name));

  function named(
    apiVersion: string,
    kind: string,
    objectName: string,
    inNamespace: string | undefined = namespace,
  ) {
    const metadata = { name: objectName, ...(inNamespace && { namespace: inNamespace }) };
    return { apiVersion, kind, metadata: metadata as Values };
  }
  const configMap = (objectName: string, data: Values, annotations?: Values): Values => {
    const { metadata, ...rest } = named("v1", "ConfigMap", objectName);
    return { ...rest, metadata: { ...metadata, ...(annotations && { annotations }) }, data };
  };
  const resource = (type: string, on = host) =>
    new Resource(on, type, `r${Math.random().toString(36).slice(2)}`);
  const live = async (object: Values) =>
    (await cluster.api.get(object)) ?? assert.fail("there is no such object");
  const kubectl = (...args: string[]) => cluster.kubectl([...args, "--namespace", namespace]);
  const deployment = (
    objectName: string,
    change: { node?: string; annotations?: Values; image?: string } = {},
  ) => {
    const { metadata, ...rest } = named("apps/v1", "Deployment", objectName);
    const labels = { app: objectName };
    return {
      ...rest,
      metadata: { ...metadata, annotations: change.annotations ?? {} },
      spec: {
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: {
            nodeSelector: { "kubernetes.io/hostname": change.node ?? "musashi" },
            tolerations: [{ operator: "Exists" }],
            containers: [
              {
                name: "main",
                image: change.image ?? "registry.k8s.io/pause:3.10",
                resources: { requests: { cpu: "1000m", memory: "1024Mi" } },
              },
            ],
          },
        },
      },
    };
  };

  it("are made, changed, kept as they are wanted, and removed", async () => {
    const made = resource("core/v1:ConfigMap");
    const outputs = await made.create(configMap("life", { a: "1", b: "2" }));
    assert.equal(made.id, `${namespace}/life`);
    assert.match(outputs["metadata"].uid, /^[0-9a-f-]{36}$/);
    assert.match(outputs["__fieldManager"], /^pulumi-kubernetes-/);
    assert.equal(outputs["metadata"].managedFields, undefined);

    await kubectl("annotate", "configmap", "life", "other=theirs");
    await made.update(configMap("life", { b: "3" }));
    const { data, metadata } = await live(made.inputs);
    assert.deepEqual(data, { b: "3" });
    assert.equal(metadata.annotations.other, "theirs");
    assert.deepEqual(await made.refresh(), []);

    await made.delete();
    assert.equal(await cluster.api.get(made.inputs), undefined);
    assert.equal(await made.refresh(), undefined);
    await made.delete();
  });

  it("show as drift what somebody changed or removed, and nothing else", async () => {
    const made = resource("core/v1:ConfigMap");
    await made.create(configMap("drift", { a: "1", b: "2" }, { "pulumi.com/patchForce": "true" }));
    await kubectl(
      "patch",
      "configmap",
      "drift",
      "--type=merge",
      "--patch",
      '{"data":{"a":"9","b":null,"c":"3"}}',
    );
    assert.deepEqual(await made.refresh(), ["data.a", "data.b"]);
    await made.update(configMap("drift", { a: "1", b: "2" }, { "pulumi.com/patchForce": "true" }));
    assert.deepEqual((await live(made.inputs))["data"], { a: "1", b: "2", c: "3" });
    assert.deepEqual(await made.refresh(), []);
    await kubectl("delete", "configmap", "drift");
    assert.equal(await made.refresh(), undefined);
  });

  it("show no drift where the server writes a value in another way", async () => {
    const made = resource("apps/v1:Deployment");
    await made.create(deployment("quantities"));
    const { spec } = await live(made.inputs);
    assert.equal(spec.template.spec.containers[0].resources.requests.cpu, "1");
    assert.deepEqual(await made.refresh(), []);
    await kubectl("set", "image", "deployment/quantities", "main=other");
    const [path, ...others] = (await made.refresh())!;
    assert.match(path!, /^spec\.template\.spec\.containers\.0\./);
    assert.deepEqual(
      others.filter((other) => !other.startsWith("spec.template.spec.containers.0.")),
      [],
    );
  });

  it("are not taken away from somebody else without patchForce", async () => {
    const made = resource("core/v1:ConfigMap");
    await made.create(configMap("conflict", { a: "1" }));
    await kubectl("patch", "configmap", "conflict", "--type=merge", "--patch", '{"data":{"a":"9"}}');
    await assert.rejects(made.update(configMap("conflict", { a: "2" })), {
      message:
        `ConfigMap ${namespace}/conflict: Apply failed with 1 conflict: conflict with "kubectl-patch" using v1: .data.a\n` +
        'Somebody else has set these fields since. To take them over, annotate the object with pulumi.com/patchForce: "true".',
    });
    await made.update(configMap("conflict", { a: "2" }, { "pulumi.com/patchForce": "true" }));
    assert.deepEqual((await live(made.inputs))["data"], { a: "2" });
  });

  it("are taken away by a provider that forces, whose own word counts before the environment's", async () => {
    process.env["PULUMI_K8S_ENABLE_PATCH_FORCE"] = "true";
    try {
      const upsertExistingObjects = "true";
      const kept = await hostOn(plane, {
        configuration: { upsertExistingObjects, enablePatchForce: "false" },
      });
      const forcing = await hostOn(plane, { configuration: { upsertExistingObjects } });
      await kubectl("create", "configmap", "forced", "--from-literal=a=1");
      const wanted = configMap("forced", { a: "2" });
      await assert.rejects(resource("core/v1:ConfigMap", kept.host).create(wanted), /Apply failed/);
      await resource("core/v1:ConfigMap", forcing.host).create(wanted);
      assert.deepEqual((await live(wanted))["data"], { a: "2" });
    } finally {
      delete process.env["PULUMI_K8S_ENABLE_PATCH_FORCE"];
    }
  });

  it("that exist already are refused, unless an unfinished run of the same state made them", async () => {
    const made = resource("core/v1:ConfigMap");
    const wanted = configMap("exists", { a: "1" });
    await made.create(wanted);
    const message =
      `ConfigMap ${namespace}/exists already exists, and this stack did not make it. Delete it, import it with the ` +
      "real provider, or let the provider take over what exists (upsertExistingObjects).";
    await assert.rejects(resource("core/v1:ConfigMap").create(wanted), { message });
    const another = await hostOn(plane, { owner: "another state" });
    await assert.rejects(made.unrecorded(another.host).create(wanted), { message });

    const { uid } = (await live(wanted))["metadata"];
    const again = made.unrecorded();
    await again.create({ ...wanted, data: { a: "2" } });
    const found = await live(wanted);
    assert.deepEqual([found["metadata"].uid, found["data"]], [uid, { a: "2" }]);
  });

  it("of which nothing is set but the name are known again as well", async () => {
    const made = resource("core/v1:ServiceAccount");
    const wanted = named("v1", "ServiceAccount", "bare");
    await made.create(wanted);
    await made.unrecorded().create(wanted);
    assert.deepEqual(await made.refresh(), []);
  });

  it("that exist already are taken over when the provider is told to, and fields when the object says so", async () => {
    await kubectl("create", "configmap", "upsert", "--from-literal=a=1", "--from-literal=b=1");
    const upserting = await hostOn(plane, { configuration: { upsertExistingObjects: "true" } });
    const taken = resource("core/v1:ConfigMap", upserting.host);
    await assert.rejects(taken.create(configMap("upsert", { a: "2" })), {
      message:
        `ConfigMap ${namespace}/upsert: Apply failed with 1 conflict: conflict with "kubectl-create" using v1: .data.a\n` +
        'Somebody else has set these fields since. To take them over, annotate the object with pulumi.com/patchForce: "true".',
    });
    // What has the wanted value already is shared.
    await taken.create(configMap("upsert", { b: "1" }));
    const wanted = configMap("upsert", { a: "2", b: "1" }, { "pulumi.com/patchForce": "true" });
    await taken.update(wanted);
    assert.deepEqual((await live(wanted))["data"], { a: "2", b: "1" });
    assert.deepEqual(await taken.refresh(), []);
  });

  it("that cannot be changed are replaced", async () => {
    const made = resource("core/v1:Secret");
    const wanted = (value: string) => ({
      ...named("v1", "Secret", "immutable"),
      immutable: true,
      stringData: { key: secret(value) },
    });
    await made.create(wanted("needle-one"));
    const { inputs: next } = await host.check(made.urn, wanted("needle-two"));
    const { changes, deleteBeforeReplace } = host.diff(made.urn, made, next);
    assert.deepEqual(
      changes.map(({ path, replaces }) => [path.join("."), replaces]),
      [["data.key", true]],
    );
    assert.equal(deleteBeforeReplace, true);
    await assert.rejects(made.update(wanted("needle-two")), (error: Error) => {
      assert.match(
        error.message,
        /^Secret objects\/immutable: .*field is immutable when `immutable` is set\n/,
      );
      assert.match(error.message, /replace it: pulumi up --replace/);
      assert.doesNotMatch(error.message, /needle/);
      return true;
    });
    await made.delete();
    await made.create(wanted("needle-two"));
    assert.equal((await live(made.inputs))["data"].key, Buffer.from("needle-two").toString("base64"));
  });

  it("that are Secrets stay secret in the state, and lose the keys that are no longer given", async () => {
    const made = resource("core/v1:Secret");
    const wanted = (stringData: Values) => ({ ...named("v1", "Secret", "secret"), stringData });
    const outputs = await made.create(wanted({ a: secret("needle-a"), b: secret("needle-b") }));
    assert.ok(isSecret(outputs["data"]));
    assert.deepEqual(await made.refresh(), []);

    await kubectl("patch", "secret", "secret", "--type=merge", "--patch", '{"stringData":{"a":"needle-c"}}');
    assert.deepEqual(await made.refresh(), ["data.a"]);
    assert.deepEqual(made.inputs["data"], secret({ a: btoa("needle-c"), b: btoa("needle-b") }));

    await made.update(wanted({ b: secret("needle-b") }));
    assert.deepEqual(Object.keys((await live(made.inputs))["data"]).includes("b"), true);
    await made.update(wanted({ d: secret("needle-d") }));
    assert.equal("b" in (await live(made.inputs))["data"], false);
  });

  it("are refused with a property that the server does not know", async () => {
    const { urn } = resource("core/v1:ConfigMap");
    // Past the check, which refuses it first.
    await assert.rejects(host.create(urn, { ...configMap("strict", {}), datas: {} }, false), {
      message: /^ConfigMap objects\/strict: .*\.datas: field not declared in schema/,
    });
  });

  it("of a kind that is not served yet bring its definition, the published one where it is at hand", async function () {
    const open = resource("example.org/v1:Thing");
    const thing = { ...named("example.org/v1", "Thing", "thing"), spec: { anything: { goes: 1 } } };
    await host.create(open.urn, thing, false);
    assert.deepEqual((await live(thing))["spec"], { anything: { goes: 1 } });
    assert.deepEqual(await cluster.definitions.open(), ["things.example.org"]);

    if (!existsSync(crds)) {
      console.log("      without the published definitions, which are not at hand");
      return;
    }
    const wanted = {
      ...named("velero.io/v1", "Schedule", "daily"),
      spec: { schedule: "0 2 * * *", template: { ttl: "720h0m0s" } },
    };
    const made = resource("velero.io/v1:Schedule");
    await made.create(wanted);
    assert.deepEqual(await made.refresh(), []);
    assert.deepEqual(await cluster.definitions.open(), ["things.example.org"]);
    await assert.rejects(
      host.create(
        resource("velero.io/v1:Schedule").urn,
        { ...wanted, metadata: { ...wanted.metadata, name: "x" }, spec: { schedule: 5 } },
        false,
      ),
      { message: /^Schedule objects\/x: .*spec\.schedule/ },
    );
  });

  it("are waited for, and recorded when they do not become ready", async () => {
    const made = resource("apps/v1:Deployment");
    const wanted = (node: string) => deployment("waits", { node });
    const failing = made.create(wanted("elsewhere"), 2);
    await assert.rejects(failing, (error: Error) => {
      assert.ok(error instanceof UnreadyResource);
      assert.match(error.message, /^Deployment objects\/waits is not ready \(waited up to 2 s\):\n/);
      assert.match(error.message, /Available: MinimumReplicasUnavailable/);
      return true;
    });
    assert.equal(made.id, `${namespace}/waits`);
    assert.match(made.outputs["metadata"].uid, /./);
    await made.update(wanted("musashi"), 60);
    assert.equal((await live(made.inputs))["status"].readyReplicas, 1);
  });

  it("are not waited for with skipAwait", async () => {
    const made = resource("apps/v1:Deployment");
    const annotations = { "pulumi.com/skipAwait": "true" };
    await made.create(deployment("skips", { node: "elsewhere", annotations }));
    assert.equal((await live(made.inputs))["status"].readyReplicas, undefined);
  });

  it("are waited for as their annotation says, as long as it says", async () => {
    const made = resource("example.org/v1:Thing");
    const annotations = { "pulumi.com/waitFor": "condition=Ready", "pulumi.com/timeoutSeconds": "3" };
    const { metadata, ...rest } = named("example.org/v1", "Thing", "waited");
    const thing = { ...rest, metadata: { ...metadata, annotations } };
    const start = performance.now();
    await assert.rejects(host.create(made.urn, thing, false), {
      message:
        /^Thing objects\/waited is not ready \(waited up to 3 s\):\n.*timed out waiting for the condition/,
    });
    assert.ok(performance.now() - start < 20_000);
    const creating = host.create(made.urn, { ...thing, spec: { again: true } }, false, {
      timeoutSeconds: 60,
    });
    const status = { conditions: [{ type: "Ready", status: "True" }] };
    await kubectl(
      ...[
        "patch",
        "thing",
        "waited",
        "--subresource=status",
        "--type=merge",
        "--patch",
        JSON.stringify({ status }),
      ],
    );
    assert.equal((await creating).outputs["status"].conditions[0].type, "Ready");
  });

  it("that are Jobs or pods are waited for to their end, good or bad", async () => {
    const job = (objectName: string, node: string) => ({
      ...named("batch/v1", "Job", objectName),
      spec: {
        activeDeadlineSeconds: node === "musashi" ? 60 : 1,
        template: {
          spec: {
            restartPolicy: "Never",
            nodeSelector: { "kubernetes.io/hostname": node },
            tolerations: [{ operator: "Exists" }],
            containers: [{ name: "main", image: "registry.k8s.io/pause:3.10" }],
          },
        },
      },
    });
    const good = resource("batch/v1:Job");
    const outputs = await good.create(job("good", "musashi"));
    assert.equal(outputs["status"].succeeded, 1);
    assert.deepEqual(await good.refresh(), []);
    await assert.rejects(resource("batch/v1:Job").create(job("bad", "elsewhere")), {
      message: /^Job objects\/bad is not ready .*\n {2}it has failed\n {2}.*DeadlineExceeded/,
    });
    const { spec } = job("", "musashi").spec.template;
    const pod = { ...named("v1", "Pod", "pod"), spec: { ...spec, restartPolicy: "Always" } };
    assert.equal((await resource("core/v1:Pod").create(pod))["status"].phase, "Running");
  });

  it("are removed with all they hold, or say what keeps them", async () => {
    const space = resource("core/v1:Namespace");
    await space.create(named("v1", "Namespace", "leaving", undefined));
    const inside = configMap("inside", {});
    await cluster.api.apply(
      { ...inside, metadata: { name: "inside", namespace: "leaving" } },
      { manager: "somebody" },
    );
    await space.delete();
    assert.equal(await cluster.api.get(space.inputs), undefined);

    const kept = resource("core/v1:ConfigMap");
    const wanted = configMap("kept", {});
    wanted["metadata"].finalizers = ["example.org/keep"];
    await kept.create(wanted);
    await assert.rejects(kept.delete(1), {
      message: `ConfigMap ${namespace}/kept is still there after 1 s; its finalizers: example.org/keep`,
    });
    // The next run waits until it has gone, and makes it anew.
    const { uid } = (await live(wanted))["metadata"];
    const again = kept.unrecorded().create(configMap("kept", { a: "1" }));
    await kubectl(
      "patch",
      "configmap",
      "kept",
      "--type=merge",
      "--patch",
      '{"metadata":{"finalizers":null}}',
    );
    await again;
    assert.notEqual((await live(wanted))["metadata"].uid, uid);
  });

  it("that belong to others are patched, and left with what was theirs", async () => {
    await kubectl("create", "configmap", "theirs", "--from-literal=a=1");
    const patch = resource("core/v1:ConfigMapPatch");
    await patch.create(configMap("theirs", { b: "2" }));
    assert.deepEqual((await live(patch.inputs))["data"], { a: "1", b: "2" });
    assert.deepEqual(await patch.refresh(), []);
    await patch.update(configMap("theirs", { c: "3" }));
    assert.deepEqual((await live(patch.inputs))["data"], { a: "1", c: "3" });
    await patch.delete();
    assert.deepEqual((await live(patch.inputs))["data"], { a: "1" });
    await patch.delete();
    await kubectl("delete", "configmap", "theirs");
    await patch.delete();
    assert.equal(await cluster.api.get(patch.inputs), undefined);
  });

  it("in a namespace that does not exist are refused", async () => {
    const { apiVersion, kind } = configMap("x", {});
    const nowhere = { apiVersion, kind, metadata: { name: "x", namespace: "nowhere" } };
    await assert.rejects(resource("core/v1:ConfigMap").create(nowhere), {
      message: 'ConfigMap nowhere/x: namespaces "nowhere" not found',
    });
  });

  it("get through a restart of the API server", async () => {
    const maps = Array.from({ length: 40 }, (_, index) => ({
      made: resource("core/v1:ConfigMap"),
      wanted: configMap(`restart-${index}`, { index: String(index) }),
    }));
    const waiting = resource("apps/v1:Deployment");
    const rollout = waiting.create(deployment("restart", { node: "elsewhere" }), 60);
    const restarting = crashApiServer(plane);
    for (const { made, wanted } of maps) await made.create(wanted);
    await restarting;
    await kubectl(
      ...["patch", "deployment", "restart", "--type=json", "--patch"],
      '[{"op":"remove","path":"/spec/template/spec/nodeSelector"}]',
    );
    await rollout;
    for (const { made } of maps) assert.deepEqual(await made.refresh(), []);
    const again = crashApiServer(plane);
    await Promise.all(maps.map(({ made }) => made.delete()));
    await again;
    const left = await kubectl("get", "configmaps", "--output=name");
    assert.doesNotMatch(left, /restart-/);
  });
});
