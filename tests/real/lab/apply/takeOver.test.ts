import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { installPrerequisites, type ClusterConnection } from "../../../../cli/lab/apply/index.js";
import type { LabControlPlane } from "../../../../cli/lab/cluster/labControlPlane.js";
import type { Values } from "../../../../cli/plan/providers/standIn.js";
import { decisionOf } from "../../../../stacks/takeOver.js";
import type { Captured } from "../../../kit/capture.js";
import { existingClusters, objectsOf, run } from "../../../stacks/program.js";
import { crds } from "../../../kit/charts.js";
import { byHand, plainObject } from "./byHand.js";
import type { PluginClient } from "../../../kit/pluginClient.js";
import { binaries, endLab, pluginOn, startLab } from "./lab.js";

/** Makes objects the way that a person would. */
type Way = (objects: Values[], cluster: ClusterConnection, kubeconfig: string) => Promise<unknown>;

const documents = (objects: Values[]) => objects.map((object) => JSON.stringify(object)).join("\n---\n");

const ways: Record<string, Way> = {
  "kubectl create": (objects, { kubectl }) =>
    kubectl(["create", "--filename=-"], { input: documents(objects) }),
  "kubectl apply": (objects, { kubectl }) =>
    kubectl(["apply", "--filename=-"], { input: documents(objects) }),
  "helm install": (objects, _, kubeconfig) => {
    const chart = mkdtempSync(join(tmpdir(), "by-hand-"));
    try {
      mkdirSync(join(chart, "templates"));
      writeFileSync(join(chart, "Chart.yaml"), "apiVersion: v2\nname: by-hand\nversion: 1.0.0\n");
      writeFileSync(join(chart, "objects.yaml"), documents(objects));
      writeFileSync(join(chart, "templates/objects.yaml"), '{{ .Files.Get "objects.yaml" }}');
      const args = ["install", "by-hand", chart, "--namespace=default", "--kubeconfig", kubeconfig];
      execFileSync(binaries("helm"), args, { stdio: ["ignore", "ignore", "inherit"] });
    } finally {
      rmSync(chart, { recursive: true });
    }
    return Promise.resolve();
  },
};

/** Of the admission policies last: they judge what comes after them. */
const isAdmission = ({ kind }: Values) => /AdmissionPolicy/.test(kind as string);
const rank = (object: Values) => (object["kind"] === "Namespace" ? 0 : isAdmission(object) ? 2 : 1);
const identity = ({ kind, metadata }: Values) =>
  [kind, metadata.namespace, metadata.name].filter(Boolean).join(" ");

describe("objects that somebody made before the first up", function () {
  this.timeout(300_000);
  let objects: Captured[];

  before(async () => {
    const found = new Map<string, Captured>();
    for (const raw of Object.values(existingClusters) as Values[]) {
      // cert-manager is not there.
      const { stack } = await run({ ...raw, certificates: { ...raw["certificates"], waitSeconds: 0 } });
      for (const object of objectsOf(stack)) found.set(identity(object.inputs), object);
    }
    objects = [...found.values()].sort((a, b) => rank(a.inputs) - rank(b.inputs));
    assert.ok(objects.length > 130, `only ${objects.length} objects`);
  });

  for (const [title, make] of Object.entries(ways)) {
    describe(`with ${title}`, () => {
      const name = `take-over-${title.replace(" ", "-")}-${process.pid}`;
      let plane: LabControlPlane;
      let cluster: ClusterConnection;
      let plugin: PluginClient;
      let close: (() => Promise<void>) | undefined;

      before(async () => {
        plane = await startLab(name);
        const settings = { upsertExistingObjects: "true", enablePatchForce: "false" };
        ({ cluster, plugin, close } = await pluginOn(plane, { settings, crds }));
        await installPrerequisites(cluster, {
          namespaces: ["argocd", "monitoring", "traefik"],
          volumes: ["1Gi"],
        });
        const custom = new Map(
          objects
            .map(({ inputs: { apiVersion, kind, metadata } }) => ({
              apiVersion,
              kind,
              namespaced: "namespace" in metadata,
            }))
            .map((kind) => [`${kind.apiVersion} ${kind.kind}`, kind]),
        );
        await Promise.all([...custom.values()].map((kind) => cluster.definitions.ensure(kind)));
        // There already: made by controllers, or by the prerequisites.
        const theirs = ["ServiceAccountPatch", "AppProjectPatch"];
        const others = objects.filter(({ type }) => !theirs.some((kind) => type.endsWith(kind)));
        await make(
          others.map(({ inputs }) => byHand(inputs)),
          cluster,
          plane.paths.kubeconfig,
        );
      });
      after(async () => {
        await close?.();
        await endLab(name);
      });

      const resource = ({ type, name }: Captured) => plugin.resource(type, name);
      const live = async (object: Values) =>
        (await cluster.api.get(object)) ?? assert.fail(`there is no ${identity(object)}`);

      it("are all in the way of an apply that is not forced, which no preview shows", async () => {
        for (const object of objects.filter(({ type }) => !type.endsWith("Patch"))) {
          const { urn } = resource(object);
          const metadata = { ...object.inputs["metadata"], annotations: {} };
          const inputs = await plugin.check(urn, { ...object.inputs, metadata });
          const before = await live(inputs);
          await plugin.create(urn, inputs, true);
          if (before["spec"]?.selfSigned) continue;
          await assert.rejects(
            plugin.create(urn, inputs),
            /Apply failed with \d+ conflict/,
            identity(inputs),
          );
          isUnchanged(before, await live(inputs));
        }
      });

      it("are taken over or left alone, as is decided for each", async () => {
        for (const object of objects) {
          const { inputs, type } = object;
          const { kind, metadata } = inputs as { kind: string; metadata: { name: string } };
          if (type.endsWith("Patch") || decisionOf(kind, metadata.name)!.takenOver) {
            await resource(object).create(inputs);
            assert.deepEqual(missing(plainObject(inputs), await live(inputs)), [], identity(inputs));
            continue;
          }
          const before = await live(inputs);
          await assert.rejects(resource(object).create(inputs), /Apply failed with \d+ conflict/);
          isUnchanged(before, await live(inputs));
        }
      });

      it("are shared where their values are the program's", async () => {
        const kept = objects.filter(
          ({ inputs: { kind, metadata } }) => decisionOf(kind as string, metadata.name)?.takenOver === false,
        );
        assert.ok(kept.length >= 7);
        for (const object of kept) {
          const { inputs } = object;
          await cluster.api.delete(inputs, "Background");
          await ways["kubectl apply"]!([plainObject(inputs)], cluster, "");
          await resource(object).create(inputs);
          assert.deepEqual(missing(plainObject(inputs), await live(inputs)), [], identity(inputs));
        }
      });
    });
  }
});

/** Nothing was applied in between, and nothing is lost. A controller may have written a status or added to the object. */
function isUnchanged(before: Values, live: Values): void {
  assert.deepEqual(appliers(live), appliers(before), identity(live));
  assert.deepEqual(missing(withoutVersion(before), live), [], identity(live));
}

function appliers({ metadata }: Values): unknown[] {
  const entries = metadata.managedFields as Values[];
  return entries
    .filter(({ operation, subresource }) => operation === "Apply" && !subresource)
    .map(({ manager }) => manager as unknown);
}

function withoutVersion(object: Values): Values {
  const unversioned = { resourceVersion: undefined, generation: undefined, managedFields: undefined };
  return { ...object, status: undefined, metadata: { ...object["metadata"], ...unversioned } };
}

/**
 * Paths at which something wanted is not there. A server adds to what it is given, in lists too: one whose items have names
 * keeps those of others, in any order.
 */
function missing(wanted: unknown, live: unknown, path = ""): string[] {
  if (typeof wanted !== "object" || wanted === null) return wanted === live ? [] : [path];
  if (typeof live !== "object" || live === null) return Object.keys(wanted).length === 0 ? [] : [path];
  if (isNamed(wanted) && isNamed(live)) {
    const named = (name: string) => live.find((item) => item.name === name);
    return wanted.flatMap((item) => missing(item, named(item.name), `${path}[${item.name}]`));
  }
  return Object.entries(wanted).flatMap(([key, value]) =>
    value === undefined ? [] : missing(value, (live as Values)[key], `${path}.${key}`),
  );
}

const isNamed = (list: unknown): list is { name: string }[] =>
  Array.isArray(list) && list.every((item) => typeof (item as Values | undefined)?.["name"] === "string");
