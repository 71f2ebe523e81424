import assert from "node:assert/strict";
import { mkdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { scheduleSpec, type VeleroSchedule } from "../../../components/backups/velero.js";
import type { Cluster } from "../../../lab/apply/index.js";
import { stopLab, type ControlPlane } from "../../../lab/cluster/controlPlane.js";
import type { Values } from "../../../lab/providers/standIn.js";
import { startControlPlane } from "../../lab/sealed-secrets/lab.js";
import { remove, scratch, startS3, type S3Key, type Server } from "../servers.js";
import { namespace, VeleroServer, type VeleroOptions } from "./server.js";
import { contents, widgets, workload } from "./workload.js";

const bucket = "homelab-backups";
const key: S3Key = { accessKey: "velero-id", secretKey: "needle/velero+secret=" };
const repositoryPassword = "needle-repository-password";
const shop: VeleroSchedule = { name: "shop-daily", namespaces: ["shop"], cron: "0 2 * * *", ttl: "720h" };

/** Above this size the plugin uploads in parts. */
const partBytes = 5 * 2 ** 20;

/** Velero's own labels, which tell where a restored object comes from; nothing else is added. */
const origin = (backup: string, restore: string) => ({
  "velero.io/backup-name": backup,
  "velero.io/restore-name": restore,
});

describe("Velero's server, with the values and the Schedules of the program", function () {
  this.timeout(180_000);
  const names: string[] = [];
  let folder: string;
  let s3: Server;
  let velero: VeleroServer | undefined;
  let kept: Record<string, Values>;

  before(async () => {
    folder = scratch();
    mkdirSync(join(folder, bucket));
    s3 = await startS3(folder, [key]);
    velero = await startOn(await newCluster("first"), [widgets]);
  });
  after(async () => {
    await velero?.stop();
    for (const name of names) await stopLab(name, { removeFiles: true });
    await s3?.stop();
    remove(folder);
  });

  function newCluster(which: string): Promise<ControlPlane> {
    const name = `velero-${which}-${process.pid}`;
    names.push(name);
    return startControlPlane(name);
  }

  const startOn = (plane: ControlPlane, definitions: Values[], options: Partial<VeleroOptions> = {}) =>
    VeleroServer.start(plane, {
      s3Endpoint: s3.url,
      bucket,
      key,
      repositoryPassword,
      schedules: [shop],
      definitions,
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
    for (const object of workload("shop", 3_000_000))
      await velero!.cluster.api.apply(object, { manager: "test" });
    kept = await contents(velero!.cluster, "shop");
    assert.ok(Object.keys(kept).length > 25, Object.keys(kept).join(", "));

    const { status } = await velero!.run("Backup", "shop-1", scheduleSpec(shop).template);
    assert.equal(status.phase, "Completed", JSON.stringify(status));
    const { size } = statSync(join(folder, bucket, "velero/backups/shop-1/shop-1.tar.gz"));
    assert.ok(size > partBytes, `the archive has ${size} bytes`);
  });

  it("restores a namespace that was deleted, each object as it was", async () => {
    await deleteNamespace(velero!.cluster, "shop");
    await restore("shop-1", "again", {});
    assert.deepEqual(await contents(velero!.cluster, "shop"), labelled(kept, origin("shop-1", "again")));
  });

  /** Restores, and says why where that did not go without a mistake. */
  async function restore(backup: string, name: string, spec: object): Promise<void> {
    const { status } = await velero!.run("Restore", name, { backupName: backup, ...spec });
    assert.equal(status.phase, "Completed", JSON.stringify(status));
  }
});

/** Deletes a namespace and waits until it is gone. */
async function deleteNamespace({ api }: Cluster, name: string): Promise<void> {
  const object = { apiVersion: "v1", kind: "Namespace", metadata: { name } };
  await api.delete(object, "Background");
  while (await api.get(object)) await sleep(100);
}

/** The same objects with further labels, but for the namespace, which Velero makes before all others and leaves alone. */
function labelled(objects: Record<string, Values>, labels: Record<string, string>): Record<string, Values> {
  return Object.fromEntries(
    Object.entries(objects).map(([name, object]) => [
      name,
      name === "Namespace" ? object : { ...object, labels: { ...object["labels"], ...labels } },
    ]),
  );
}
