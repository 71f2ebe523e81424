import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { scheduleSpec, type VeleroSchedule } from "../../../../components/backups/velero.js";
import { stopLab, type LabControlPlane } from "../../../../cli/lab/cluster/labControlPlane.js";
import type { Values } from "../../../../cli/plan/providers/standIn.js";
import { startControlPlane } from "../../lab/sealed-secrets/lab.js";
import { startOracle, type Oracle } from "../oracle.js";
import { remove, scratch, startS3, type S3Key, type Server } from "../servers.js";
import { VeleroServer, type VeleroOptions } from "./server.js";
import { namespace, object } from "./ofProgram.js";
import { mountedVolume, widgets, workload } from "./workload.js";
import { contents } from "./contents.js";
import { deleteNamespace, labelled, origin, partBytes } from "./restored.js";

const bucket = "homelab-backups";
const key: S3Key = { accessKey: "velero-id", secretKey: "needle/velero+secret=" };
const repositoryPassword = "needle-repository-password";
const shop: VeleroSchedule = { name: "shop-daily", namespaces: ["shop"], cron: "0 2 * * *", ttl: "720h" };

describe("Velero's server, with the values and the Schedules of the program", function () {
  this.timeout(180_000);
  const names: string[] = [];
  let folder: string;
  let s3: Server;
  let oracle: Oracle | undefined;
  let velero: VeleroServer | undefined;
  let kept: Record<string, Values>;

  before(async () => {
    folder = scratch();
    mkdirSync(join(folder, bucket));
    s3 = await startS3(folder, [key]);
    velero = await startOn(await newCluster("first"), { definitions: [widgets] });
  });
  after(async () => {
    await velero?.stop();
    for (const name of names) await stopLab(name, { removeFiles: true });
    await Promise.all([oracle?.proxy.stop(), s3?.stop()]);
    remove(folder);
  });

  function newCluster(which: string): Promise<LabControlPlane> {
    const name = `velero-${which}-${process.pid}`;
    names.push(name);
    return startControlPlane(name);
  }

  const startOn = (plane: LabControlPlane, options: Partial<VeleroOptions>) =>
    VeleroServer.start(plane, {
      s3Endpoint: s3.url,
      bucket,
      key,
      repositoryPassword,
      schedules: [shop],
      ...options,
    });

  it("leaves the password of the Kopia repositories as the program has set it", async () => {
    const secret = await velero!.cluster.api.call(
      `/api/v1/namespaces/${namespace}/secrets/velero-repo-credentials`,
    );
    const found = Buffer.from(secret["data"]["repository-password"] as string, "base64").toString();
    assert.equal(found, repositoryPassword);
  });

  it("backs up more than 5 MiB by a Schedule's template", async () => {
    for (const each of workload("shop", 3_000_000))
      await velero!.cluster.api.apply(each, { manager: "test" });
    kept = await contents(velero!.cluster, "shop");
    assert.ok(Object.keys(kept).length > 25, Object.keys(kept).join(", "));

    const { status } = await velero!.run("Backup", "shop-1", scheduleSpec(shop).template);
    assert.equal(status.phase, "Completed", JSON.stringify(status));
    const { size } = statSync(join(folder, bucket, "velero/backups/shop-1/shop-1.tar.gz"));
    assert.ok(size > partBytes, `the archive has ${size} bytes`);
  });

  it("shows no credential in its log, its command line and its environment", () => {
    const shown = [velero!.log, ...["cmdline", "environ"].map((file) => `/proc/${velero!.pid}/${file}`)];
    const credentials = [key.secretKey, repositoryPassword];
    const held = velero!.environment["AWS_SHARED_CREDENTIALS_FILE"]!;
    for (const file of shown) {
      const text = readFileSync(file, "utf8");
      assert.ok(text.includes("velero"), `${file} is not of Velero`);
      for (const credential of credentials)
        assert.ok(!text.includes(credential), `${file} shows ${credential}`);
    }
    assert.ok(readFileSync(held, "utf8").includes(key.secretKey));
    assert.equal(statSync(held).mode & 0o77, 0, `others may read ${held}`);
  });

  it("restores a namespace that was deleted, each object as it was", async () => {
    await deleteNamespace(velero!.cluster, "shop");
    await restore("shop-1", "again", {});
    assert.deepEqual(await contents(velero!.cluster, "shop"), labelled(kept, origin("shop-1", "again")));
  });

  it("restores next to the original, under another name", async () => {
    await restore("shop-1", "beside", { namespaceMapping: { shop: "shop-restored" } });
    const found = await contents(velero!.cluster, "shop-restored");
    const wanted = labelled(kept, origin("shop-1", "beside"));
    wanted["Namespace"]!["labels"]["kubernetes.io/metadata.name"] = "shop-restored";
    wanted["RoleBinding reader"]!["subjects"][0].namespace = "shop-restored";
    assert.deepEqual(found, wanted);
  });

  it("calls no backup complete whose volumes nobody copies, as where there is no node agent", async () => {
    const { api } = velero!.cluster;
    for (const each of mountedVolume("files")) await api.apply(each, { manager: "test" });
    await api.call("/api/v1/namespaces/files/pods/reader/status", {
      method: "PATCH",
      body: { type: "application/merge-patch+json", content: { status: { phase: "Running" } } },
    });
    const template = { ...scheduleSpec(shop).template, includedNamespaces: ["files"] };
    const { status } = await velero!.run("Backup", "files-1", template);
    assert.equal(status.phase, "PartiallyFailed", JSON.stringify(status));
    const said = unzipped("backups/files-1/files-1-results.gz");
    assert.match(said, /"errors":.*daemonset pod not found in running state in node node-1/);
  });

  describe("in a new cluster, at an S3 API that refuses checksums behind the data, as Oracle's does", () => {
    const namespaces = {
      small: workload("small", 1000).slice(0, 2),
      large: workload("large", 3_000_000).slice(0, 11),
    };
    const [whole, part] = [/400.*x-amz-content-sha256 must be/s, /501.*AWS chunked encoding not supported/s];
    // `program`: the location as the program sets it.
    const whenRequired = { AWS_REQUEST_CHECKSUM_CALCULATION: "when_required" };
    const servers = [
      {
        title: "v1.14.2, which the cluster does not use",
        plugin: "velero-plugin-for-aws",
        environment: {},
        backups: [{ checksums: "program", small: whole, large: whole }],
      },
      {
        title: "v1.14.2, which the cluster does not use, told to add checksums only when required",
        plugin: "velero-plugin-for-aws",
        environment: whenRequired,
        backups: [
          { checksums: "program", small: undefined, large: part },
          { checksums: undefined, small: whole, large: whole },
        ],
      },
      {
        title: "v1.14.2 built with the AWS SDK of v1.14.0, for v1.14.0, which the cluster pins",
        plugin: "velero-plugin-for-aws-earlier-sdk",
        environment: {},
        backups: [
          { checksums: "program", small: undefined, large: undefined },
          { checksums: undefined, small: whole, large: whole },
          { checksums: "CRC32", small: whole, large: whole },
        ],
      },
    ] as const;

    let plane: LabControlPlane;
    before(async () => {
      await velero!.stop();
      await stopLab(names[0]!, { removeFiles: true });
      oracle = await startOracle(s3.url);
      plane = await newCluster("second");
    });

    for (const [index, { title, plugin, environment, backups }] of servers.entries()) {
      describe(`the plugin ${title}`, () => {
        before(async () => {
          await velero!.stop();
          velero = await startOn(plane, {
            s3Endpoint: oracle!.proxy.url,
            authority: oracle!.certificate,
            plugin,
            environment,
          });
          const { spec } = await velero.untilIn("BackupStorageLocation", "default", ["Available"]);
          assert.equal(spec.config.checksumAlgorithm, "");
          for (const each of Object.values(namespaces).flat())
            await velero.cluster.api.apply(each, { manager: "test" });
        });

        for (const { checksums, ...sizes } of backups) {
          for (const size of ["small", "large"] as const) {
            const refusal = sizes[size];
            const setting = checksums === "program" ? '"", as the program sets it' : (checksums ?? "absent");
            const what = size === "large" ? "more than 5 MiB" : "less than 5 MiB";
            it(`${refusal ? "fails" : "succeeds"}: ${what}, checksumAlgorithm ${setting}`, async () => {
              const name = `${size}-${index}-${checksums ?? "absent"}`.toLowerCase();
              const storageLocation = checksums === "program" ? "default" : await location(checksums);
              oracle!.proxy.requests.length = 0;
              const { status } = await velero!.run("Backup", name, {
                ...scheduleSpec(shop).template,
                includedNamespaces: [size],
                storageLocation,
              });
              assert.equal(status.phase, refusal ? "Failed" : "Completed", JSON.stringify(status));
              if (refusal) assert.match(status.failureReason as string, refusal);
              const inParts = oracle!.proxy.requests.some((request) => request.includes("partNumber=2"));
              assert.equal(inParts, size === "large" && refusal !== whole, "uploaded in parts");
            });
          }
        }
      });
    }

    // A suite of its own, or it would be the first.
    describe("with the bucket alone", () => {
      it("restores what the lost cluster has backed up, each object as it was", async () => {
        const { api } = velero!.cluster;
        await velero!.untilIn("Backup", "shop-1", ["Completed"]);
        assert.equal(await api.kindOf({ apiVersion: "example.org/v1", kind: "Widget" }), undefined);

        await restore("shop-1", "after-all-was-lost", {});
        assert.match(results("after-all-was-lost"), /"errors":\{\}/);
        assert.deepEqual(
          await contents(velero!.cluster, "shop"),
          labelled(kept, origin("shop-1", "after-all-was-lost")),
        );
      });
    });

    /** Makes a location like the program's, but for the checksums, and gives its name. */
    async function location(checksumAlgorithm: string | undefined): Promise<string> {
      const name = `checksums-${checksumAlgorithm ?? "absent"}`.toLowerCase();
      const { spec } = await velero!.untilIn("BackupStorageLocation", "default", ["Available"]);
      const config = { ...(spec.config as Values), checksumAlgorithm };
      const other = object("BackupStorageLocation", name, { ...spec, default: false, config });
      await velero!.cluster.api.apply(other, { manager: "test" });
      await velero!.untilIn("BackupStorageLocation", name, ["Available"]);
      return name;
    }
  });

  /** Restores, and says why where that did not go without a mistake. */
  async function restore(backup: string, name: string, spec: object): Promise<void> {
    const { status } = await velero!.run("Restore", name, { backupName: backup, ...spec });
    assert.equal(status.phase, "Completed", `${JSON.stringify(status)}\n${results(name)}`);
  }

  /** What Velero says in the bucket of a Restore's errors and warnings. */
  const results = (restore: string) => unzipped(`restores/${restore}/restore-${restore}-results.gz`);

  function unzipped(path: string): string {
    const file = join(folder, bucket, "velero", path);
    return existsSync(file) ? gunzipSync(readFileSync(file)).toString() : `(the bucket has no ${path})`;
  }
});
