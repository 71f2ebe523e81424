import assert from "node:assert/strict";
import { until } from "../../../../cli/kit/until.js";
import { UnreadyResource } from "../../../../cli/plan/providers/host.js";
import { crds } from "../../../kit/charts.js";
import { killApiServer, startApiServer } from "./lab.js";
import { configMap, deployment, named, namespace, type ObjectsLab } from "./objectsLab.js";

/** Objects that take a while, and API servers that do not answer. */
export function waitingTests(lab: ObjectsLab): void {
  it("of a kind that is not served yet bring its definition, the published one where it is at hand", async function () {
    const open = lab.resource("example.org/v1:Thing");
    const thing = { ...named("example.org/v1", "Thing", "thing"), spec: { anything: { goes: 1 } } };
    await lab.host.create(open.urn, thing, false);
    assert.deepEqual((await lab.live(thing))["spec"], { anything: { goes: 1 } });
    assert.deepEqual(await lab.cluster.definitions.open(), ["things.example.org"]);

    if (crds === undefined) {
      console.log("      without the published definitions: npm run tools fetches them");
      return;
    }
    const wanted = {
      ...named("velero.io/v1", "Schedule", "daily"),
      spec: { schedule: "0 2 * * *", template: { ttl: "720h0m0s" } },
    };
    const made = lab.resource("velero.io/v1:Schedule");
    await made.create(wanted);
    assert.deepEqual(await made.refresh(), []);
    assert.deepEqual(await lab.cluster.definitions.open(), ["things.example.org"]);
    await assert.rejects(
      lab.host.create(
        lab.resource("velero.io/v1:Schedule").urn,
        { ...wanted, metadata: { ...wanted.metadata, name: "x" }, spec: { schedule: 5 } },
        false,
      ),
      { message: /^Schedule\.velero\.io "x" is invalid: .*spec\.schedule/ },
    );
  });

  it("are waited for, and recorded when they do not become ready", async () => {
    // The controllers of a new cluster take a while to begin.
    await lab.resource("apps/v1:Deployment").create(deployment("first", { node: "musashi" }), 60);
    const made = lab.resource("apps/v1:Deployment");
    const wanted = (node: string) => deployment("waits", { node });
    const failing = made.create(wanted("elsewhere"), 4);
    await assert.rejects(failing, (error: Error) => {
      assert.ok(error instanceof UnreadyResource);
      assert.match(error.message, /^Deployment objects\/waits is not ready \(waited up to 4 s\):\n/);
      assert.match(error.message, /Available: MinimumReplicasUnavailable/);
      return true;
    });
    assert.equal(made.id, `${namespace}/waits`);
    assert.match(made.outputs["metadata"].uid, /./);
    await made.update(wanted("musashi"), 60);
    assert.equal((await lab.live(made.inputs))["status"].readyReplicas, 1);
  });

  it("are not waited for with skipAwait", async () => {
    const made = lab.resource("apps/v1:Deployment");
    const annotations = { "pulumi.com/skipAwait": "true" };
    await made.create(deployment("skips", { node: "elsewhere", annotations }));
    assert.equal((await lab.live(made.inputs))["status"].readyReplicas, undefined);
  });

  it("are waited for as their annotation says, as long as it says", async () => {
    const made = lab.resource("example.org/v1:Thing");
    const annotations = { "pulumi.com/waitFor": "condition=Ready", "pulumi.com/timeoutSeconds": "3" };
    const { metadata, ...rest } = named("example.org/v1", "Thing", "waited");
    const thing = { ...rest, metadata: { ...metadata, annotations } };
    const start = performance.now();
    await assert.rejects(lab.host.create(made.urn, thing, false), (error: Error) => {
      assert.ok(error instanceof UnreadyResource);
      assert.match(
        error.message,
        /^Thing objects\/waited is not ready \(waited up to 3 s\):\n.*timed out waiting for the condition/,
      );
      Object.assign(made, error.recorded);
      return true;
    });
    assert.ok(performance.now() - start < 20_000);
    const again = { ...thing, spec: { again: true } };
    const updating = lab.host.update(made.urn, made, again, false, { timeoutSeconds: 60 });
    // Changed while the provider applies it, it would be refused as the API server refuses it to the real one.
    const applied = () => lab.live(thing).then(({ spec }) => spec?.again === true);
    await until(applied, "the update is not applied", { seconds: 60 });
    const status = { conditions: [{ type: "Ready", status: "True" }] };
    await lab.kubectl(
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
    assert.equal((await updating)["status"].conditions[0].type, "Ready");
  });

  it("are removed with all they hold, or said to be there still", async () => {
    const space = lab.resource("core/v1:Namespace");
    await space.create(named("v1", "Namespace", "leaving", undefined));
    const inside = configMap("inside", {});
    await lab.cluster.api.apply(
      { ...inside, metadata: { name: "inside", namespace: "leaving" } },
      { manager: "somebody" },
    );
    await space.delete();
    assert.equal(await lab.cluster.api.get(space.inputs), undefined);

    const kept = lab.resource("core/v1:ConfigMap");
    const wanted = configMap("kept", {});
    wanted["metadata"].finalizers = ["example.org/keep"];
    await kept.create(wanted);
    await assert.rejects(kept.delete(1), {
      message: `ConfigMap ${namespace}/kept is still there after 1 s`,
    });
    // It is in the way until it has gone.
    const again = lab.resource("core/v1:ConfigMap");
    await assert.rejects(again.create(configMap("kept", { a: "1" })), {
      message: /object is being deleted: configmaps "kept" already exists/,
    });
    await lab.kubectl(
      "patch",
      "configmap",
      "kept",
      "--type=merge",
      "--patch",
      '{"metadata":{"finalizers":null}}',
    );
    await again.create(configMap("kept", { a: "1" }));
  });

  it("take what belongs to them along before they are gone", async () => {
    const left = (app: string) =>
      lab.kubectl("get", "replicasets,pods", `--selector=app=${app}`, "--output=name");
    const whole = lab.resource("apps/v1:Deployment");
    await whole.create(deployment("whole"));
    assert.match(await left("whole"), /^replicaset\S+\npod\S+\n$|^pod\S+\nreplicaset\S+\n$/);
    await whole.delete();
    assert.equal(await left("whole"), "");
  });

  it("fail while the API server is away, and are as they were when it is back", async () => {
    const there = lab.resource("core/v1:ConfigMap");
    await there.create(configMap("there", { a: "1" }));
    const next = lab.resource("core/v1:ConfigMap");
    await killApiServer(lab.plane.paths.processes);
    try {
      const failing = [
        () => next.create(configMap("next", { a: "1" })),
        () => there.update(configMap("there", { a: "2" })),
        () => there.refresh(),
        () => there.delete(),
      ];
      for (const operation of failing) await assert.rejects(operation, { message: /ECONNREFUSED/ });
    } finally {
      await startApiServer(lab.plane);
    }
    assert.deepEqual(await there.refresh(), []);
    await next.create(configMap("next", { a: "1" }));
  });
}
