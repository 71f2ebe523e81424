import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { ownedObjects, recordedReleases } from "../../../../cli/lab/apply/index.js";
import { UnreadyResource } from "../../../../cli/plan/providers/host.js";
import { secret } from "../../../../cli/plan/providers/values.js";
import { demandCrds } from "../../../kit/charts.js";
import { fixture, hostOn, killApiServer, startApiServer } from "./lab.js";
import { keptReleaseTests } from "./releasesKeptTests.js";
import { namespace, ReleasesLab, wanted } from "./releasesLab.js";

describe("releases that Helm really installs", function () {
  this.timeout(120_000);
  const lab = ReleasesLab.ofSuite(`apply-releases-${process.pid}`);

  describe("and does not take back", () => keptReleaseTests(lab));

  it("run their hooks, are upgraded, and leave nothing when they are removed", async () => {
    const before = await lab.objects();
    const made = lab.release("whole");
    const outputs = await made.create(wanted("whole"));
    assert.deepEqual(outputs["status"], {
      ...{ name: "whole", namespace, chart: fixture, version: "1.0.0" },
      ...{ revision: 1, status: "deployed" },
    });
    assert.equal(made.id, `${namespace}/whole`);
    assert.equal(lab.status("whole")["hooks"][0].last_run.phase, "Succeeded");
    assert.equal(await lab.greeting("whole"), "hello");
    assert.deepEqual(await made.refresh(), []);

    const upgraded = await made.update(wanted("whole", { greeting: "good evening" }));
    assert.equal(upgraded["status"].revision, 2);
    assert.equal(await lab.greeting("whole"), "good evening");
    await made.update(wanted("whole"));
    assert.equal(
      await lab.greeting("whole"),
      "hello",
      "values that are no longer given are the chart's own again",
    );

    await made.delete();
    assert.equal(await made.refresh(), undefined);
    assert.equal(await lab.objects(), before);
  });

  it("are rolled back when a hook of an upgrade fails", async () => {
    const made = lab.release("hook");
    await made.create(wanted("hook"));
    await assert.rejects(made.update(wanted("hook", { greeting: "changed", hookNode: "nowhere" })), {
      message:
        /rolled back due to atomic being set: post-upgrade hooks failed[^]*job hook-2 failed: DeadlineExceeded/,
    });
    assert.equal(await lab.greeting("hook"), "hello");
    assert.equal(lab.status("hook")["info"].status, "deployed");
    assert.deepEqual(await made.refresh(), []);
    await made.delete();
  });

  it("are rolled back when an upgrade never becomes ready, and upgraded by the next try", async () => {
    const made = lab.release("unready");
    await made.create(wanted("unready"));
    const failing = made.update(wanted("unready", { node: "nowhere" }, { timeout: 4 }));
    await assert.rejects(failing, { message: /rolled back due to atomic being set/ });
    const { status: now } = await made.update(wanted("unready", { greeting: "again" }));
    assert.equal(now.status, "deployed");
    assert.equal(await lab.greeting("unready"), "again");
    await made.delete();
  });

  it("leave nothing when the first install fails, and are not recorded", async () => {
    const before = await lab.objects();
    const made = lab.release("never");
    await assert.rejects(
      made.create(wanted("never", { node: "nowhere" }, { timeout: 4 })),
      (error: Error) => {
        assert.equal(error instanceof UnreadyResource, false);
        return true;
      },
    );
    assert.equal(await lab.objects(), before);
  });

  it("are recorded when the first install fails and leaves something", async () => {
    const made = lab.release("half");
    const inputs = wanted("half", { hookNode: "nowhere" }, { atomic: false });
    await assert.rejects(made.create(inputs), (error: Error) => error instanceof UnreadyResource);
    assert.equal(made.outputs["status"].status, "failed");
    assert.deepEqual(await made.refresh(), []);
    const { status: now } = await made.update(wanted("half"));
    assert.equal(now.status, "deployed");
    await made.delete();
  });

  it("say no secret of their values when they fail", async () => {
    const made = lab.release("secret");
    const inputs = wanted("secret", { greeting: secret("hello"), node: secret({ "needle-in-values": 1 }) });
    await assert.rejects(made.create(inputs), /^Error: .*got (object|map)/s);
    const misplaced = wanted("secret", { greeting: secret(["needle-in-values"]) });
    await assert.rejects(
      made.create(misplaced),
      (error: Error) => !error.message.includes("needle-in-values"),
    );
    const scratch = join(lab.plane.paths.root, "scratch/helm");
    assert.deepEqual(
      readdirSync(scratch).filter((file) => file.startsWith("values")),
      [],
    );
  });

  it("that exist already are refused, whatever made them", async () => {
    const made = lab.release("exists");
    await made.create(wanted("exists"));
    await assert.rejects(lab.release("other").create(wanted("exists")), {
      message: /cannot re-use a name that is still in use/,
    });
    await made.delete();
  });

  it("whose install was killed are in the way until somebody uninstalls them", async () => {
    const made = lab.release("killed");
    const creating = made.create(wanted("killed", { hookNode: "nowhere" }));
    // The engine hears nothing of it where it dies as well.
    const failing = assert.rejects(creating, (error: Error) => error instanceof UnreadyResource);
    await lab.killHelmAt("killed", "pending-install");
    await failing;
    assert.equal(made.outputs["status"].status, "pending-install");
    await assert.rejects(lab.release("again").create(wanted("killed")), {
      message: /cannot re-use a name that is still in use/,
    });
    await assert.rejects(made.update(wanted("killed")), {
      message: /another operation \(install\/upgrade\/rollback\) is in progress/,
    });
    lab.helm("uninstall", "killed", "--wait");
    const again = lab.release("again");
    assert.equal((await again.create(wanted("killed")))["status"].status, "deployed");
    await again.delete();
    assert.doesNotMatch(await lab.objects(), /killed/);
  });

  it("whose upgrade was killed are in the way until somebody rolls them back", async () => {
    const made = lab.release("cut");
    await made.create(wanted("cut"));
    const updating = made.update(wanted("cut", { greeting: "changed", hookNode: "nowhere" }));
    const failing = assert.rejects(updating, (error: Error) => error instanceof UnreadyResource);
    await lab.killHelmAt("cut", "pending-upgrade");
    await failing;
    assert.deepEqual(await made.refresh(), []);
    assert.equal(made.outputs["status"].status, "pending-upgrade");
    const next = wanted("cut", { greeting: "changed" });
    await assert.rejects(made.update(next), {
      message: /another operation \(install\/upgrade\/rollback\) is in progress/,
    });
    lab.helm("rollback", "cut", "1", "--wait");
    await made.update(next);
    assert.equal(await lab.greeting("cut"), "changed");
    await made.delete();
  });

  it("that are gone cannot be removed, nor upgraded", async () => {
    const made = lab.release("gone");
    await made.create(wanted("gone"));
    lab.helm("uninstall", "gone", "--wait");
    await assert.rejects(made.update(wanted("gone", { greeting: "changed" })), {
      message: /"gone" has no deployed releases/,
    });
    await assert.rejects(made.delete(), { message: /release: not found/ });
    assert.equal(await made.refresh(), undefined);
  });

  it("come from an archive that is at hand", async () => {
    const withArchives = await hostOn(lab.plane, { charts: [lab.archives] });
    const made = lab.release("archive", withArchives.host);
    const outputs = await made.create(wanted("archive", {}, { chart: "fixture" }));
    assert.equal(outputs["status"].status, "deployed");
    await made.delete();
  });

  it("are recorded where the chart cannot be had, and installed once it can", async () => {
    const made = lab.release("recorded");
    const outputs = await made.create(wanted("recorded", {}, { chart: "fixture" }));
    assert.equal(outputs["status"].status, "deployed");
    assert.deepEqual(await recordedReleases(lab.cluster.api), [
      { namespace, name: "recorded", chart: "fixture", version: "1.0.0" },
    ]);
    assert.equal(await lab.greeting("recorded"), undefined);
    assert.deepEqual(await made.refresh(), []);

    const withArchives = await hostOn(lab.plane, { charts: [lab.archives] });
    const installed = await withArchives.host.update(made.urn, made, { ...made.inputs, timeout: 61 }, false);
    assert.equal(installed["status"].status, "deployed");
    assert.equal(await lab.greeting("recorded"), "hello");
    assert.deepEqual(await recordedReleases(lab.cluster.api), []);
    await made.delete();

    await made.create(wanted("recorded", {}, { chart: "fixture" }));
    await made.delete();
    assert.deepEqual(await recordedReleases(lab.cluster.api), []);
    assert.equal(await made.refresh(), undefined);
  });

  it("bring their definitions even where they are recorded", async function () {
    demandCrds(this);
    const made = lab.release("sealed-secrets");
    const chart = { chart: "sealed-secrets", version: "2.19.1", namespace: "kube-system" };
    await made.create(wanted("sealed-secrets", {}, chart));
    assert.equal((await recordedReleases(lab.cluster.api)).length, 1);
    assert.ok(await lab.cluster.api.kindOf({ apiVersion: "bitnami.com/v1alpha1", kind: "SealedSecret" }));
    assert.deepEqual(await lab.cluster.definitions.open(), []);
    await made.delete();
  });

  it("fail while the API server is away", async () => {
    const made = lab.release("away");
    await made.create(wanted("away"));
    await killApiServer(lab.plane.paths.processes);
    try {
      const failing = [
        () => made.update(wanted("away", { greeting: "x" })),
        () => made.refresh(),
        () => made.delete(),
      ];
      for (const operation of failing)
        await assert.rejects(operation, { message: /ECONNREFUSED|connection refused/ });
    } finally {
      await startApiServer(lab.plane);
    }
    await made.delete();
    assert.deepEqual(await ownedObjects(lab.cluster), []);
  });
});
