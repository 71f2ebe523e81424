import assert from "node:assert/strict";
import {
  BackupStorage,
  nodeJobPrefixes,
  veleroPrefix,
  type BackupStorageArgs,
} from "../../../components/backups/backupStorage.js";
import { Velero, type VeleroArgs } from "../../../components/backups/velero.js";
import { capture, isSecret, valueOf, type CaptureOptions } from "../../kit/capture.js";

const args: BackupStorageArgs = {
  oci: {
    tenancyId: "ocid1.tenancy.oc1..t",
    compartmentId: "ocid1.tenancy.oc1..t",
    region: "sa-saopaulo-1",
    userEmail: "ops@example.com",
  },
};

/** The storage, and Velero that writes to it, as a stack has them. */
function make(overrides: Partial<BackupStorageArgs> = {}, velero: Partial<VeleroArgs> = {}) {
  const storage = new BackupStorage("backups", { ...args, ...overrides });
  new Velero("backups-velero", {
    namespace: "velero",
    bucket: storage.bucketName,
    region: args.oci.region,
    s3Endpoint: storage.s3Endpoint,
    accessKey: storage.veleroAccessKey,
    secretKey: storage.veleroSecretKey,
    prefix: veleroPrefix,
    schedules: [{ name: "n8n-daily", namespaces: ["n8n"], cron: "20 2 * * *", ttl: "720h" }],
    monitoring: { release: "prometheus" },
    ...velero,
  });
  return storage;
}

const oracle: CaptureOptions = {
  invoke: () => ({ namespace: "ns" }),
  outputs: (type, name) => {
    if (type.endsWith(":CustomerSecretKey")) return { key: `needle-${name}` };
    return type.endsWith(":RandomPassword") ? { result: "needle-password" } : {};
  },
};

const run = (
  overrides: Partial<BackupStorageArgs> = {},
  velero: Partial<VeleroArgs> = {},
  options: CaptureOptions = oracle,
) => capture(() => make(overrides, velero), options);

describe("BackupStorage", () => {
  it("keeps one bucket under the default name, with 14 days to bring an object back", async () => {
    const captured = await run();
    assert.equal(captured.one("oci:ObjectStorage/bucket:Bucket").inputs["name"], "homelab-backups");
    const { rules } = captured.one("oci:ObjectStorage/objectLifecyclePolicy:ObjectLifecyclePolicy").inputs;
    assert.equal(rules[1].timeAmount, "14");
  });

  it("passes another name and number of days on to whatever names them", async () => {
    const captured = await run({ bucket: "other", previousVersionDays: 3 });
    assert.equal(captured.one("oci:ObjectStorage/bucket:Bucket").inputs["name"], "other");
    const { rules } = captured.one("oci:ObjectStorage/objectLifecyclePolicy:ObjectLifecyclePolicy").inputs;
    assert.equal(rules[1].timeAmount, "3");
    const names = captured.ofType("oci:Identity/policy:Policy").map(({ inputs }) => inputs["name"]);
    assert.deepEqual(names.sort(), [
      "other-lifecycle",
      "other-node-jobs",
      "other-statistics",
      "other-velero",
    ]);
    const values = captured.one("kubernetes:helm.sh/v3:Release").inputs["values"];
    assert.equal(values.configuration.backupStorageLocation[0].bucket, "other");
  });

  it("has one user for each writer, each limited to its own prefixes", async () => {
    const captured = await run();
    const users = captured
      .ofType("oci:Identity/user:User")
      .map(({ inputs }) => [inputs["name"], inputs["email"]]);
    assert.deepEqual(users.sort(), [
      ["homelab-backups-node-jobs", "ops+node-jobs@example.com"],
      ["homelab-backups-statistics", "ops+statistics@example.com"],
      ["homelab-backups-velero", "ops+velero@example.com"],
    ]);
    const patterns = (role: string): string[] =>
      captured
        .one("oci:Identity/policy:Policy", `backups-${role}-writer-policy`)
        .inputs["statements"].flatMap((statement: string) =>
          [...statement.matchAll(/target\.object\.name='([^']*)'/g)].map((match) => match[1]),
        );
    assert.deepEqual(patterns("velero"), ["velero/*"]);
    assert.deepEqual(patterns("node-jobs"), ["restic-k8s/*", "restic-host/*", "pg-dump/*"]);
    assert.deepEqual(patterns("statistics"), []);
  });

  it("gives no two writers a prefix in common", () => {
    const all: string[] = [veleroPrefix, ...nodeJobPrefixes];
    for (const one of all) {
      const within = all.filter((other) => other !== one && other.startsWith(`${one}/`));
      assert.deepEqual(within, []);
    }
    assert.equal(new Set(all).size, all.length);
  });

  it("points Velero at the bucket, with the key of its own writer", async () => {
    const captured = await run();
    const values = captured.one("kubernetes:helm.sh/v3:Release").inputs["values"];
    const [location] = values.configuration.backupStorageLocation;
    assert.equal(location.bucket, "homelab-backups");
    assert.equal(location.prefix, "velero");
    assert.equal(location.config.s3Url, "https://ns.compat.objectstorage.sa-saopaulo-1.oraclecloud.com");
    assert.equal(values.metrics.serviceMonitor.additionalLabels.release, "prometheus");
    const secret = captured.one("kubernetes:core/v1:Secret", "backups-velero-credentials");
    assert.equal(
      secret.inputs["stringData"].cloud,
      "[default]\naws_access_key_id=backups-velero-writer-key-id\n" +
        "aws_secret_access_key=needle-backups-velero-writer-key\n",
    );
    assert.ok(secret.dependencies.includes("backups-velero-writer-key"), secret.dependencies.join());
    assert.equal(captured.one("kubernetes:velero.io/v1:Schedule").inputs["metadata"].name, "n8n-daily");
  });

  it("passes Velero's own settings on", async () => {
    const captured = await run(
      {},
      {
        ...{ repositoryPassword: "given", backupSyncPeriod: "5h", validationFrequency: "6h" },
        ...{ chartVersion: "12.0.3", monitoring: undefined, schedules: [] },
      },
    );
    const release = captured.one("kubernetes:helm.sh/v3:Release").inputs;
    assert.equal(release["version"], "12.0.3");
    const [location] = release["values"].configuration.backupStorageLocation;
    assert.equal(location.backupSyncPeriod, "5h");
    assert.equal(location.validationFrequency, "6h");
    assert.equal(release["values"].metrics.serviceMonitor.enabled, false);
    assert.deepEqual(captured.ofType("random:index/randomPassword:RandomPassword"), []);
    assert.deepEqual(captured.ofType("kubernetes:velero.io/v1:Schedule"), []);
  });

  it("gives the jobs on the node their keys, secret", async () => {
    let made: BackupStorage | undefined;
    const captured = await capture(() => (made = make()), oracle);
    assert.deepEqual(captured.one("cluster-security:backups:BackupStorage").outputs, {
      bucketName: "homelab-backups",
      s3Endpoint: "https://ns.compat.objectstorage.sa-saopaulo-1.oraclecloud.com",
      veleroAccessKey: "backups-velero-writer-key-id",
      veleroSecretKey: "needle-backups-velero-writer-key",
      nodeJobsAccessKey: "backups-node-jobs-writer-key-id",
      nodeJobsSecretKey: "needle-backups-node-jobs-writer-key",
      statisticsAccessKey: "backups-statistics-writer-key-id",
      statisticsSecretKey: "needle-backups-statistics-writer-key",
    });
    for (const output of [made!.nodeJobsSecretKey, made!.statisticsSecretKey, made!.veleroSecretKey]) {
      assert.equal(await isSecret(output), true);
    }
    assert.equal(await valueOf(made!.bucketName), "homelab-backups");
  });

  it("sends no secret in plain, anywhere", async () => {
    const captured = await run();
    let found = 0;
    for (const resource of captured.resources) {
      for (const [input, value] of Object.entries(resource.inputs)) {
        if (!JSON.stringify(value).includes("needle-")) continue;
        found += 1;
        assert.equal(resource.isSecret(input), true, `${resource.name}.${input} holds a secret in plain`);
      }
    }
    assert.equal(found, 2, "the two Secrets of Velero hold what was looked for");
  });

  it("protects exactly what a mistake could not bring back", async () => {
    const captured = await run();
    assert.deepEqual(
      captured.resources
        .filter((resource) => resource.protect)
        .map((resource) => resource.name)
        .sort(),
      [
        "backups-storage-bucket",
        "backups-velero-repository-credentials",
        "backups-velero-repository-password",
      ],
    );
  });

  it("groups everything under itself", async () => {
    const captured = await run();
    const parents = new Map(captured.resources.map((resource) => [resource.name, resource.parent]));
    for (const { name } of captured.resources) {
      let top = name;
      while (parents.get(top)) top = parents.get(top)!;
      assert.match(top ?? "", /^backups(-velero)?$/, name);
    }
  });

  it("registers the same resources with known and unknown values", async () => {
    assert.deepEqual((await run({}, {}, { ...oracle, preview: true })).shape(), (await run()).shape());
  });
});
