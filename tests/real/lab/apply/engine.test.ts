import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import {
  installPrerequisites,
  ownedObjects,
  type ClusterConnection,
} from "../../../../cli/lab/apply/index.js";
import type { LabControlPlane } from "../../../../cli/lab/cluster/labControlPlane.js";
import { crds } from "../../../kit/charts.js";
import { full, printSample } from "../../../kit/full.js";
import { engine, type EngineTask } from "./engine.js";
import { connect, endLab, startApiServer, startLab } from "./lab.js";
import { folderOfTest } from "../../../kit/folder.js";

const unchanged = { changes: {}, errors: [], warnings: [] };

/** Every name of the program's resources, with what the engine makes next to them. */
const resources = [
  ...["account", "cluster", "fixture", "namespace", "one", "password-one", "password-three", "password-two"],
  ...["project", "schedule", "test-lab", "three", "two", "velero", "web"],
];
/** How many of them are made one after the other, each of which may be the last before a kill. */
const last = 13;

describe("the engine on what is really applied", function () {
  this.timeout(300_000);
  const name = `apply-engine-${process.pid}`;
  let plane: LabControlPlane;
  let cluster: ClusterConnection;
  const folder = folderOfTest();

  before(async () => {
    plane = await startLab(name);
    cluster = await connect(plane, crds);
    await installPrerequisites(cluster);
    await installPrerequisites(cluster);
  });
  after(() => endLab(name));
  afterEach(async () => {
    assert.deepEqual(await ownedObjects(cluster), [], "something is left over");
  });

  const run = (operations: EngineTask["operations"], more: Partial<EngineTask> = {}) =>
    engine({ folder: folder(), operations, lab: name, crds, ...more });
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
    const ready = "wait pv --all --for=jsonpath={.status.phase}=Available --timeout=60s";
    await cluster.kubectl(ready.split(" "));
    const found = "get appproject default --namespace=argocd --output=jsonpath={.spec}";
    const project = await cluster.kubectl(found.split(" "));
    assert.deepEqual(JSON.parse(project), {
      sourceRepos: ["*"],
      destinations: [{ server: "*", namespace: "*" }],
      clusterResourceWhitelist: [{ group: "*", kind: "*" }],
    });
  });

  /** The doctor leaves nothing, and another `up` makes the rest without drawing another password. */
  async function goesOn(drawn: Record<string, string>): Promise<void> {
    const [doctor, next, again] = (await run(["doctor", "up", "up"]))!;
    assert.deepEqual(doctor!.errors, [], "the doctor left something");
    assert.deepEqual([next!.errors, next!.warnings], [[], []]);
    assert.deepEqual({ ...(await passwords()), ...drawn }, await passwords(), "a password changed");
    assert.deepEqual(again, unchanged);
  }

  it("makes everything, finds it unchanged, sees what drifts and mends it, and removes everything", async () => {
    const made = await run(["up", "up", "refresh"]);
    assert.deepEqual(made, [{ ...unchanged, changes: { create: resources } }, unchanged, unchanged]);
    const drawn = await passwords();
    assert.deepEqual(Object.keys(drawn).sort(), ["one", "three", "two"]);

    const state = readFileSync(folder("state/backend/.pulumi/stacks/test/lab.json"), "utf8");
    for (const encoded of Object.values(drawn)) {
      assert.ok(
        !state.includes(encoded) && !state.includes(Buffer.from(encoded, "base64").toString()),
        "in plain",
      );
    }

    await cluster.kubectl(["label", "namespace", "apps", "theirs=kept"]);
    await cluster.kubectl(["delete", "secret", "two", "--namespace=apps"]);
    await cluster.kubectl([
      ...["patch", "deployment", "web", "--namespace=apps", "--type=json", "--patch"],
      '[{"op":"remove","path":"/spec/template/metadata/labels/tier"}]',
    ]);
    assert.deepEqual(await run(["refresh", "up", "up"]), [
      { ...unchanged, changes: { delete: ["two"], update: ["web"] } },
      { ...unchanged, changes: { create: ["two"], update: ["web"] } },
      unchanged,
    ]);
    assert.deepEqual(await passwords(), drawn);
    assert.deepEqual(await run(["destroy"]), [{ ...unchanged, changes: { delete: resources } }]);
  });

  it("fails where the API server is away, early and late, and goes on when it is back", async () => {
    const { processes } = plane.paths;
    const drawn = {};
    for (const [before, operations] of [
      [4, ["up"]],
      [8, ["doctor", "up"]],
    ] as const) {
      const answers = (await run([...operations], { away: { before, processes } }))!;
      await startApiServer(plane);
      assert.match(answers.pop()!.errors.join("\n"), /ECONNREFUSED|connection refused/);
      assert.deepEqual(
        answers.flatMap(({ errors }) => errors),
        [],
        "the doctor left something",
      );
      Object.assign(drawn, await passwords());
    }
    await goesOn(drawn);
    assert.deepEqual((await run(["destroy"]))![0]!.errors, []);
  });

  it("goes on where it was killed with the lab, and then alone, and with removing as well", async () => {
    if (!full) printSample(3, 2 * last + 1, "test:lab:full");
    assert.equal(await run(["up"], { kill: { after: 6, all: true } }), undefined, "it was not killed");
    const drawn = await passwords();
    const [doctor, killed] = (await run(["doctor", "up"], { kill: { after: 2, all: false } }))!;
    assert.deepEqual(doctor!.errors, [], "the doctor left something");
    assert.notDeepEqual(killed!.errors, [], "it was not killed");
    await goesOn({ ...(await passwords()), ...drawn });

    assert.equal(await run(["destroy"], { kill: { after: 5, all: true } }), undefined, "it was not killed");
    const [found, rest] = (await run(["doctor", "destroy"]))!;
    assert.deepEqual(found!.errors, [], "the doctor left something");
    assert.deepEqual([rest!.errors, rest!.warnings], [[], []]);
  });

  const points = full ? Array.from({ length: last }, (_, index) => index + 1) : [];
  for (const after of points) {
    for (const all of [true, false]) {
      it(`goes on where it was killed after ${after} resources, ${all ? "with the lab" : "alone"}`, async () => {
        const killed = await run(["up"], { kill: { after, all } });
        if (all) assert.equal(killed, undefined, "it was not killed");
        else assert.notDeepEqual(killed![0]!.errors, [], "it was not killed");
        await goesOn(await passwords());
        assert.deepEqual((await run(["destroy"]))![0]!.errors, []);
      });
    }
  }
});
