import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { gunzipSync, gzipSync } from "node:zlib";
import { UnsealedSecrets } from "../../../../components/backups/unsealedSecrets.js";
import { scheduleSpec, type VeleroSchedule } from "../../../../components/backups/velero.js";
import { stopLab } from "../../../../cli/lab/cluster/labControlPlane.js";
import type { Values } from "../../../../cli/plan/providers/standIn.js";
import { startControlPlane } from "../../lab/sealed-secrets/lab.js";
import { capture } from "../../../kit/capture.js";
import { remove, scratch, startS3, type S3Key, type Server } from "../servers.js";
import { VeleroServer } from "./server.js";

const bucket = "homelab-backups";
/** What must not be in the bucket. */
const needles = {
  "the key to the bucket": "needle-of-the-bucket/+",
  "the password of the repositories": "needle-of-the-repositories",
  "a Secret of a SealedSecret": "needle-of-a-sealed-secret",
  "a sealing key of the controller's own": "needle-of-a-sealing-key",
  "a Helm release": "needle-of-a-helm-release",
};
/** What is there: in plain, in base64, and in what Helm makes of a release. */
const controls = ["control-of-a-config-map", "control-of-a-secret", "control-of-an-encoded-release"];

const key: S3Key = { accessKey: "velero-id", secretKey: needles["the key to the bucket"] };
const schedule: VeleroSchedule = {
  name: "velero-daily",
  namespaces: ["apps", "velero", "kube-system"],
  cron: "50 2 * * *",
  ttl: "720h",
};

const secret = (name: string, value: string | Buffer, metadata: object = {}, type = "Opaque"): Values => ({
  apiVersion: "v1",
  kind: "Secret",
  metadata: { name, namespace: "apps", ...metadata },
  type,
  data: { value: Buffer.from(value).toString("base64") },
});
/** A release as Helm stores it (https://github.com/helm/helm/blob/v3.19.0/pkg/storage/driver/util.go). */
const release = (needle: string): Buffer =>
  Buffer.from(gzipSync(JSON.stringify({ config: { password: needle } })).toString("base64"));

/** Everything readable in what is there: as it is, unpacked, and decoded, over and over. */
function* readable(content: Buffer, depth = 4): Generator<string> {
  if (content[0] === 0x1f && content[1] === 0x8b) return yield* readable(gunzipSync(content), depth);
  const text = content.toString("latin1");
  yield text;
  if (depth === 0) return;
  for (const [run] of text.matchAll(/[A-Za-z0-9+/]{12,}={0,2}/g)) {
    yield* readable(Buffer.from(run, "base64"), depth - 1);
  }
}

describe("what Velero writes into the bucket", function () {
  this.timeout(180_000);
  const name = `needles-${process.pid}`;
  let folder: string;
  let s3: Server | undefined;
  let velero: VeleroServer | undefined;

  before(async () => {
    folder = scratch();
    mkdirSync(join(folder, bucket));
    s3 = await startS3(folder, [key]);
    velero = await VeleroServer.start(await startControlPlane(name), {
      s3Endpoint: s3.url,
      bucket,
      key,
      repositoryPassword: needles["the password of the repositories"],
      schedules: [schedule],
    });
    const { api } = velero.cluster;
    const apply = (object: Values) => api.apply(object, { manager: "test" });
    for (const namespace of ["apps", "elsewhere"]) {
      await apply({ apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } });
    }

    const policy = await capture(() => new UnsealedSecrets("unsealed"));
    for (const { inputs } of policy.resources.filter(({ custom }) => custom)) await apply(inputs);
    const sealed = secret("sealed", needles["a Secret of a SealedSecret"], {
      ownerReferences: [
        { apiVersion: "bitnami.com/v1alpha1", kind: "SealedSecret", name: "sealed", uid: "0-0-0-0" },
      ],
    });
    for (let tries = 0; ; tries++) {
      await apply(sealed);
      const { labels } = (await api.get(sealed))!["metadata"] as Values;
      if (labels) break;
      assert.ok(tries < 60, "the policy does not hold");
      await api.delete(sealed, "Background");
      await sleep(500);
    }
    const helm = { owner: "helm", name: "app", status: "deployed", version: "1" };
    for (const object of [
      secret("sealed-secrets-keyabcde", needles["a sealing key of the controller's own"], {
        namespace: "kube-system",
        labels: { "sealedsecrets.bitnami.com/sealed-secrets-key": "active" },
      }),
      secret(
        "sh.helm.release.v1.app.v1",
        release(needles["a Helm release"]),
        { labels: helm },
        "helm.sh/release.v1",
      ),
      {
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { name: "plain", namespace: "apps" },
        data: { a: controls[0] },
      },
      secret("plain", controls[1]!),
      secret("encoded", release(controls[2]!)),
    ])
      await apply(object);
  });
  after(async () => {
    await velero?.stop();
    await stopLab(name, { removeFiles: true });
    await s3?.stop();
    remove(folder);
  });

  /** Makes a backup of this template, and gives what can be read in the whole bucket, or below a prefix. */
  async function backedUp(backup: string, template: object, prefix = ""): Promise<string[]> {
    const { status } = await velero!.run("Backup", backup, template);
    assert.equal(status.phase, "Completed", JSON.stringify(status));
    return readdirSync(join(folder, bucket, prefix), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .flatMap((entry) => [...readable(readFileSync(join(entry.parentPath, entry.name)))]);
  }
  const holds = (texts: string[], needle: string): boolean => texts.some((text) => text.includes(needle));
  /** Names in the list of a backup's objects. */
  function listed(backup: string, kind: string): string[] {
    const file = join(folder, bucket, `velero/backups/${backup}/${backup}-resource-list.json.gz`);
    return (
      (JSON.parse(gunzipSync(readFileSync(file)).toString()) as Record<string, string[]>)[kind] ?? []
    ).sort();
  }

  it("is readable, but for what comes back from the state and from Git", async () => {
    const texts = await backedUp("ours", scheduleSpec(schedule).template);
    for (const control of controls) assert.ok(holds(texts, control), `${control} was not found`);
    assert.deepEqual(
      Object.entries(needles)
        .filter(([, needle]) => holds(texts, needle))
        .map(([what]) => what),
      [],
    );
    assert.deepEqual(
      listed("ours", "v1/Secret").filter((name) => !name.startsWith("kube-system/")),
      ["apps/encoded", "apps/plain"],
    );
  });

  it("is of the namespaces of the Schedule alone", () => {
    assert.deepEqual(listed("ours", "v1/Namespace"), ["apps", "kube-system", "velero"]);
  });

  it("is more without the Schedule's selector", async () => {
    const template = { ...scheduleSpec(schedule).template, labelSelector: undefined };
    const texts = await backedUp("theirs", template, "velero/backups/theirs");
    assert.deepEqual(
      Object.entries(needles)
        .filter(([, needle]) => holds(texts, needle))
        .map(([what]) => what),
      ["a sealing key of the controller's own", "a Helm release"],
    );
  });
});
