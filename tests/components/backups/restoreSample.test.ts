import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { RestoreSample, type RestoreSampleArgs } from "../../../components/backups/restoreSample.js";
import { addOnRegistries } from "../../../components/access/addOns.js";
import { settingsWith } from "../../cli/verify/fakeTarget.js";
import { capture, type Captured } from "../../kit/capture.js";

const args: RestoreSampleArgs = {
  namespace: "restore-drill",
  storageClass: "local-path",
  image: "docker.io/library/busybox:1.37.0",
};
const run = (change: Partial<RestoreSampleArgs> = {}, preview = false) =>
  capture(() => new RestoreSample("sample", { ...args, ...change }), { preview });
const ofKind = (resources: Captured[], kind: string) =>
  resources.find(({ type }) => type.endsWith(`:${kind}`))!.inputs;

describe("RestoreSample", () => {
  it("has one object of each common kind, under one name and one label", async () => {
    const objects = (await run()).resources.filter(({ custom }) => custom);
    assert.deepEqual(objects.map(({ type }) => type.split(":").at(-1)).sort(), [
      "ConfigMap",
      "CronJob",
      "Deployment",
      "HorizontalPodAutoscaler",
      "Ingress",
      "NetworkPolicy",
      "PersistentVolumeClaim",
      "PodDisruptionBudget",
      "Role",
      "RoleBinding",
      "Secret",
      "Service",
      "ServiceAccount",
      "StatefulSet",
    ]);
    for (const { name, parent, inputs } of objects) {
      const { labels, ...metadata } = inputs["metadata"];
      assert.equal(parent, "sample", name);
      assert.deepEqual([metadata.name, metadata.namespace], ["restore-drill", "restore-drill"], name);
      assert.equal(labels["app.kubernetes.io/part-of"], "restore-drill", name);
    }
  });

  it("are kinds that the drill on the node compares", async () => {
    const library = readFileSync(
      fileURLToPath(new URL("../../../components/backups/node/lib/objects.sh", import.meta.url)),
      "utf8",
    );
    const compared = [...library.matchAll(/^compared_kinds=(?:\$compared_kinds,)?(.*)$/gm)]
      .flatMap(([, list]) => list!.split(","))
      .map((kind) => kind.split(".")[0]);
    const kinds = (await run()).resources
      .filter(({ custom }) => custom)
      .map(({ type }) => type.split(":").at(-1)!.toLowerCase())
      .map((kind) =>
        kind.endsWith("y") ? `${kind.slice(0, -1)}ies` : kind.endsWith("s") ? `${kind}es` : `${kind}s`,
      );
    assert.deepEqual(compared.sort(), kinds.sort());
  });

  it("is in a volume that Velero takes, with local-path-provisioner", async () => {
    const annotations = async (storageClass: string) =>
      ofKind((await run({ storageClass })).resources, "PersistentVolumeClaim")["metadata"].annotations;
    assert.equal((await annotations("local-path")).volumeType, "local");
    assert.equal((await annotations("longhorn")).volumeType, undefined);
  });

  it("never starts anything but a pod that sleeps, with no rights, in no user namespace of the node's", async () => {
    const { resources } = await run();
    assert.equal(ofKind(resources, "CronJob")["spec"].suspend, true);
    assert.equal(ofKind(resources, "StatefulSet")["spec"].replicas, 0);
    const pods = [
      ofKind(resources, "Deployment")["spec"].template.spec,
      ofKind(resources, "StatefulSet")["spec"].template.spec,
      ofKind(resources, "CronJob")["spec"].jobTemplate.spec.template.spec,
    ];
    for (const pod of pods) {
      assert.equal(pod.automountServiceAccountToken, false);
      for (const container of [...pod.containers, ...(pod.initContainers ?? [])]) {
        // Velero's own container of a restored pod takes it from the first one, and has to pass at `restricted` too.
        assert.deepEqual(container.securityContext, {
          allowPrivilegeEscalation: false,
          capabilities: { drop: ["ALL"] },
          readOnlyRootFilesystem: true,
          runAsNonRoot: true,
          runAsUser: 65532,
          runAsGroup: 65532,
          seccompProfile: { type: "RuntimeDefault" },
        });
        assert.equal(container.image, args.image);
      }
      assert.deepEqual(pod.containers[0].command.slice(0, 1), ["sleep"]);
    }
  });

  it("comes from a registry that admission lists", () => {
    const { image } = settingsWith().backups.jobs.restoreDrill.velero;
    assert.ok(
      addOnRegistries.some((registry) => image.startsWith(`${registry}:`)),
      image,
    );
  });

  it("registers the same resources with known and unknown values", async () => {
    assert.deepEqual((await run({}, true)).shape(), (await run()).shape());
  });
});

describe("the files of the sample", () => {
  const script = fileURLToPath(new URL("../../../components/backups/sample/fill.sh", import.meta.url));
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "sample-"))));
  afterEach(() => rmSync(folder, { recursive: true }));
  const fill = (namespace = "restore-drill") =>
    spawnSync("sh", [script, folder], {
      encoding: "utf8",
      env: { PATH: process.env["PATH"], HOME_NAMESPACE: "restore-drill", POD_NAMESPACE: namespace },
    });
  const sums = () => readFileSync(join(folder, "sums"), "utf8");

  it("are written once, are more than 5 MiB, and fit their sums", () => {
    assert.equal(fill().status, 0);
    const first = sums();
    assert.equal(first.trim().split("\n").length, 18);
    execFileSync("sha256sum", ["--check", "--strict", "--quiet", "sums"], { cwd: folder });
    assert.ok(Number(execFileSync("du", ["-sb", folder], { encoding: "utf8" }).split("\t")[0]) > 8 * 2 ** 20);
    const again = fill();
    assert.equal(again.stdout, "the files are there already\n");
    assert.equal(sums(), first);
  });

  it("are written anew where the first time was broken off", () => {
    fill();
    rmSync(join(folder, "sums"));
    assert.equal(fill().status, 0);
    execFileSync("sha256sum", ["--check", "--strict", "--quiet", "sums"], { cwd: folder });
  });

  it("are never written where they should have been restored", () => {
    const { status, stderr } = fill("restore-drill-restored");
    assert.equal(status, 0);
    assert.equal(stderr, "the volume is empty; only in restore-drill is it filled\n");
    assert.throws(sums, { code: "ENOENT" });
  });
});
