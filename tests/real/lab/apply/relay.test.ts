import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { ownedObjects, recordedReleases, type ChartOptions } from "../../../../cli/lab/apply/index.js";
import type { LabControlPlane } from "../../../../cli/lab/cluster/labControlPlane.js";
import type { Values } from "../../../../cli/plan/providers/standIn.js";
import { isSecret, secret } from "../../../../cli/plan/providers/values.js";
import { crds, demandCrds } from "../../../kit/charts.js";
import { folderOfTest } from "../../../kit/folder.js";
import { binaries, endLab, fixture, pluginOn, startLab } from "./lab.js";

const namespace = "relayed";
const release = "kubernetes:helm.sh/v3:Release";
const greeting = (name: string) => ({ apiVersion: "v1", kind: "ConfigMap", metadata: { name, namespace } });

/** What a program says of a release whose chart nobody can download. */
const wanted = (name: string, more: Values = {}): Values => ({
  ...{ name, namespace, chart: "fixture", version: "1.0.0", values: {}, atomic: true, timeout: 60 },
  repositoryOpts: { repo: "https://charts.invalid" },
  ...more,
});

describe("Pulumi's Kubernetes plugin in a lab", function () {
  this.timeout(300_000);
  const name = `relay-${process.pid}`;
  const archives = folderOfTest();
  let plane: LabControlPlane;
  type Running = Awaited<ReturnType<typeof pluginOn>>;

  before(async () => {
    plane = await startLab(name);
  });
  after(() => endLab(name));

  /** Runs something with a plugin of its own. */
  async function withPlugin<T>(
    options: Partial<ChartOptions>,
    work: (running: Running) => Promise<T>,
  ): Promise<T> {
    execFileSync(binaries("helm"), ["package", fixture, "--destination", archives()], { stdio: "ignore" });
    const running = await pluginOn(plane, { crds, ...options });
    try {
      await running.cluster.api.apply(
        { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } },
        { manager: "test" },
      );
      return await work(running);
    } finally {
      await running.close();
    }
  }

  it("installs a chart that is at hand, and what is removed leaves nothing", () =>
    withPlugin({ charts: [archives()] }, async ({ plugin, cluster }) => {
      const made = plugin.resource(release);
      const { status, chart } = await made.create(wanted("archive"));
      assert.deepEqual([status.name, status.status, status.version], ["archive", "deployed", "1.0.0"]);
      assert.equal(chart, `${archives()}/fixture-1.0.0.tgz`);
      assert.equal((await cluster.api.get(greeting("archive")))!["data"].greeting, "hello");
      assert.deepEqual(await recordedReleases(cluster.api), []);
      await made.delete();
      assert.deepEqual(await ownedObjects(cluster), []);
    }));

  it("records a release whose chart is not at hand", () =>
    withPlugin({}, async ({ plugin, cluster }) => {
      const made = plugin.resource(release);
      assert.equal((await made.create(wanted("recorded")))["status"].status, "deployed");
      assert.deepEqual(await recordedReleases(cluster.api), [
        { namespace, name: "recorded", chart: "fixture", version: "1.0.0" },
      ]);
      assert.equal(await cluster.api.get(greeting("recorded")), undefined);
      await made.delete();
      assert.deepEqual(await recordedReleases(cluster.api), []);
    }));

  it("records one for whose pods an image is missing, which the chart's own values name", () => {
    const asked: string[][] = [];
    const bringImages = (names: readonly string[]) => {
      asked.push([...names]);
      return Promise.resolve(false);
    };
    return withPlugin({ charts: [archives()], bringImages }, async ({ plugin, cluster }) => {
      const made = plugin.resource(release);
      await made.create(wanted("no-image"));
      assert.equal((await recordedReleases(cluster.api)).length, 1);
      await made.delete();
      assert.equal(asked.length, 1);
      assert.match(asked[0]!.join(), /pause/);
    });
  });

  it("brings the definitions of a chart that is recorded", async function () {
    demandCrds(this);
    await withPlugin({}, async ({ plugin, cluster }) => {
      const made = plugin.resource(release);
      const chart = { chart: "sealed-secrets", version: "2.19.1", namespace: "kube-system" };
      await made.create(wanted("sealed-secrets", chart));
      assert.ok(await cluster.api.kindOf({ apiVersion: "bitnami.com/v1alpha1", kind: "SealedSecret" }));
      assert.deepEqual(await cluster.definitions.open(), []);
      await made.delete();
    });
  });

  it("gives a kind that no server knows a definition that takes any content", () =>
    withPlugin({ crds: undefined }, async ({ plugin, cluster }) => {
      const made = plugin.resource("kubernetes:example.com/v1:Widget");
      const spec = { any: { content: [1, "two"] } };
      const metadata = { name: "widget", namespace };
      const { spec: live } = await made.create({
        apiVersion: "example.com/v1",
        kind: "Widget",
        metadata,
        spec,
      });
      assert.deepEqual(live, spec);
      assert.deepEqual(await cluster.definitions.open(), ["widgets.example.com"]);
      await made.delete();
    }));

  it("overrides values as helm merges them, and leaves what is secret so", () => {
    const overrides = (chart: string) => (chart === "fixture" ? { labels: { b: "lab" } } : undefined);
    return withPlugin({ charts: [archives()], overrides }, async ({ plugin }) => {
      const values = { greeting: secret("needle-in-values"), labels: { a: "program", b: "program" } };
      const inputs = await plugin.check(plugin.resource(release).urn, wanted("merged", { values }));
      const { greeting, labels } = inputs["values"];
      assert.ok(isSecret(greeting));
      assert.deepEqual(labels, { a: "program", b: "lab" });
    });
  });

  it("tells of what is made and removed, and what it prints goes to its owner's log", async () => {
    const seen: string[] = [];
    const running = await pluginOn(plane, {
      around: {
        create: async ({ type }, create) => {
          seen.push(`make ${type}`);
          const made = await create();
          seen.push("made");
          return made;
        },
        delete: (remove) => remove().finally(() => seen.push("removed")),
      },
    });
    try {
      const made = running.plugin.resource("kubernetes:core/v1:Namespace");
      await made.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: "seen" } });
      await made.delete();
      assert.deepEqual(seen, ["make kubernetes:core/v1:Namespace", "made", "removed"]);
    } finally {
      await running.close();
    }
    const { logs } = plane.paths;
    assert.ok(readdirSync(logs).includes("pulumi-kubernetes.log"));
    assert.ok(!readFileSync(`${logs}/pulumi-kubernetes.log`, "utf8").includes("needle-in-values"));
  });

  it("says what the cluster says of an object that exists", () =>
    withPlugin({}, async ({ plugin, cluster }) => {
      const object = { ...greeting("theirs"), data: { greeting: "theirs" } };
      await cluster.api.create(object, "somebody");
      await assert.rejects(plugin.resource("kubernetes:core/v1:ConfigMap").create(object), {
        message: /configmaps "theirs" already exists/,
      });
      await cluster.api.delete(object);
    }));
});
