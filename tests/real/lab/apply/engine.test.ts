import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { installPrerequisites, ownedObjects, type Cluster } from "../../../../cli/lab/apply/index.js";
import type { ControlPlane } from "../../../../cli/lab/cluster/controlPlane.js";
import { crds } from "../../../kit/charts.js";
import { engine, type EngineTask } from "./engine.js";
import { endLab, hostOn, startApiServer, startLab } from "./lab.js";

const unchanged = { changes: {}, errors: [], warnings: [] };

/** Every name of the program's resources, with what the engine makes beside them. */
const resources = [
  ...["account", "cluster", "fixture", "namespace", "one", "password-one", "password-three", "password-two"],
  ...["project", "schedule", "test-lab", "three", "two", "velero", "web"],
];

describe("the engine on what is really applied", function () {
  this.timeout(300_000);
  const name = `apply-engine-${process.pid}`;
  let plane: ControlPlane;
  let cluster: Cluster;
  let folder: string;

  before(async () => {
    plane = await startLab(name);
    ({ cluster } = await hostOn(plane, { crds }));
    await installPrerequisites(cluster);
    await installPrerequisites(cluster);
  });
  after(() => endLab(name));
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "engine-"))));
  afterEach(async () => {
    rmSync(folder, { recursive: true });
    assert.deepEqual(await ownedObjects(cluster), [], "something is left over");
  });

  const run = (operation: EngineTask["operation"], more: Partial<EngineTask> = {}) =>
    engine({
      ...{ folder, operation, kubeconfig: plane.paths.kubeconfig },
      crds,
      ...more,
    });
  /** Passwords by Secret, of those that there are. */
  async function passwords(): Promise<Record<string, string>> {
    const format = "--output=jsonpath={range .items[*]}{.metadata.name}={.data.password}{'\\n'}{end}";
    const lines = await cluster.kubectl(["get", "secrets", "--namespace=apps", "--ignore-not-found", format]);
    return Object.fromEntries(
      lines
        .split("\n")
        .map((line) => line.split("=", 2) as [string, string])
        .filter(([secret]) => ["one", "two", "three"].includes(secret)),
    );
  }

  it("finds what others would have installed", async () => {
    const names = (await cluster.kubectl(["get", "namespaces", "--output=name"])).trim().split("\n");
    for (const name of ["traefik", "monitoring", "argocd"])
      assert.ok(names.includes(`namespace/${name}`), name);
    for (const [apiVersion, kind] of [
      ["gateway.networking.k8s.io/v1", "HTTPRoute"],
      ["monitoring.coreos.com/v1", "ServiceMonitor"],
      ["argoproj.io/v1alpha1", "Application"],
    ]) {
      assert.ok(await cluster.api.kindOf({ apiVersion, kind }), kind);
    }
    const classes = await cluster.kubectl(["get", "storageclass", "--output=name"]);
    assert.equal(classes.trim(), "storageclass.storage.k8s.io/local-path");
    await cluster.kubectl([
      "wait",
      "pv",
      "--all",
      "--for=jsonpath={.status.phase}=Available",
      "--timeout=60s",
    ]);
    const project = await cluster.kubectl([
      "get",
      "appproject",
      "default",
      "-n",
      "argocd",
      "-o",
      "jsonpath={.spec}",
    ]);
    assert.deepEqual(JSON.parse(project), {
      sourceRepos: ["*"],
      destinations: [{ server: "*", namespace: "*" }],
      clusterResourceWhitelist: [{ group: "*", kind: "*" }],
    });
  });

  it("makes everything, finds it unchanged, sees what drifts and mends it, and removes everything", async () => {
    assert.deepEqual(await run("up"), { ...unchanged, changes: { create: resources } });
    const drawn = await passwords();
    assert.deepEqual(Object.keys(drawn).sort(), ["one", "three", "two"]);

    const state = readFileSync(join(folder, "state/backend/.pulumi/stacks/test/lab.json"), "utf8");
    for (const encoded of Object.values(drawn)) {
      assert.ok(
        !state.includes(encoded) && !state.includes(Buffer.from(encoded, "base64").toString()),
        "in plain",
      );
    }

    assert.deepEqual(await run("up"), unchanged);
    assert.deepEqual(await run("refresh"), unchanged);

    await cluster.kubectl(["label", "namespace", "apps", "theirs=kept"]);
    await cluster.kubectl(["delete", "secret", "two", "--namespace=apps"]);
    await cluster.kubectl([
      ...["patch", "deployment", "web", "--namespace=apps", "--type=json", "--patch"],
      '[{"op":"remove","path":"/spec/template/metadata/labels/tier"}]',
    ]);
    assert.deepEqual(await run("refresh"), {
      ...unchanged,
      changes: { delete: ["two"], update: ["web"] },
    });
    assert.deepEqual(await run("up"), {
      ...unchanged,
      changes: { create: ["two"], update: ["web"] },
    });
    assert.deepEqual(await passwords(), drawn);
    assert.deepEqual(await run("up"), unchanged);
    assert.deepEqual(await run("destroy"), { ...unchanged, changes: { delete: resources } });
  });

  for (const before of [4, 11]) {
    it(`fails where the API server is away from resource ${before} on, and goes on when it is back`, async () => {
      const { processes } = plane.paths;
      const failed = (await run("up", { away: { before, processes } }))!;
      await startApiServer(plane);
      assert.match(failed.errors.join("\n"), /ECONNREFUSED|connection refused/);
      const drawn = await passwords();
      assert.deepEqual((await run("doctor"))!.errors, [], "the doctor left something");
      const next = (await run("up"))!;
      assert.deepEqual([next.errors, next.warnings], [[], []]);
      assert.deepEqual({ ...(await passwords()), ...drawn }, await passwords(), "a password changed");
      assert.deepEqual(await run("up"), unchanged);
      assert.deepEqual((await run("destroy"))!.errors, []);
    });
  }

  // SWEEP=1 (npm run lab:faults) kills after every single resource instead of after two of them.
  const sample = process.env["SWEEP"] ? Array.from({ length: 13 }, (_, index) => index + 1) : [6, 13];
  for (const [index, after] of sample.entries()) {
    const modes = process.env["SWEEP"] ? [true, false] : [index % 2 === 0];
    for (const all of modes) {
      it(`goes on where it was killed after ${after} resources, ${all ? "with the lab" : "alone"}`, async () => {
        const killed = await run("up", { kill: { after, all } });
        if (all) assert.equal(killed, undefined, "it was not killed");
        const drawn = await passwords();
        assert.deepEqual((await run("doctor"))!.errors, [], "the doctor left something");
        const next = (await run("up"))!;
        assert.deepEqual(next.errors, []);
        assert.deepEqual(next.warnings, []);
        assert.deepEqual({ ...(await passwords()), ...drawn }, await passwords(), "a password changed");
        assert.deepEqual(await run("up"), unchanged);
        assert.deepEqual((await run("destroy"))!.errors, []);
      });
    }
  }

  it("goes on with removing where it was killed", async () => {
    assert.deepEqual((await run("up"))!.errors, []);
    assert.equal(await run("destroy", { kill: { after: 5, all: true } }), undefined, "it was not killed");
    assert.deepEqual((await run("doctor"))!.errors, [], "the doctor left something");
    const rest = (await run("destroy"))!;
    assert.deepEqual([rest.errors, rest.warnings], [[], []]);
  });
});
