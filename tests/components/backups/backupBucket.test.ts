import assert from "node:assert/strict";
import {
  BackupBucket,
  lifecycleRules,
  s3Endpoint,
  type BackupBucketArgs,
} from "../../../components/backups/backupBucket.js";
import { lifecycleGrant } from "../../../components/backups/policyStatements.js";
import { capture, valueOf, type CaptureOptions } from "../../kit/capture.js";

const args: BackupBucketArgs = {
  tenancyId: "ocid1.tenancy.oc1..t",
  compartmentId: "ocid1.compartment.oc1..c",
  region: "sa-saopaulo-1",
  bucket: "homelab-backups",
  previousVersionDays: 14,
};

const oracle: CaptureOptions = { invoke: () => ({ namespace: "axaxnpcrorw5" }) };

const run = (options: CaptureOptions = {}) =>
  capture(() => new BackupBucket("store", args), { ...oracle, ...options });

describe("BackupBucket", () => {
  it("is private, versioned and protected, in the namespace that was looked up", async () => {
    const captured = await run();
    assert.deepEqual(captured.invokes, [
      {
        token: "oci:ObjectStorage/getNamespace:getNamespace",
        inputs: { compartmentId: "ocid1.tenancy.oc1..t" },
      },
    ]);
    const bucket = captured.one("oci:ObjectStorage/bucket:Bucket");
    assert.equal(bucket.name, "store-bucket");
    assert.equal(bucket.parent, "store");
    assert.equal(bucket.protect, true);
    assert.deepEqual(bucket.inputs, {
      accessType: "NoPublicAccess",
      compartmentId: "ocid1.compartment.oc1..c",
      name: "homelab-backups",
      namespace: "axaxnpcrorw5",
      storageTier: "Standard",
      versioning: "Enabled",
    });
  });

  it("grants the service its rights, in the tenancy, before it sets the lifecycle policy", async () => {
    const captured = await run();
    const grant = captured.one("oci:Identity/policy:Policy");
    assert.equal(grant.parent, "store");
    assert.deepEqual(grant.inputs, {
      compartmentId: "ocid1.tenancy.oc1..t",
      description: "Lets Object Storage carry out the lifecycle policy of homelab-backups",
      name: "homelab-backups-lifecycle",
      statements: [lifecycleGrant("sa-saopaulo-1", "compartment id ocid1.compartment.oc1..c")],
    });
    const lifecycle = captured.one("oci:ObjectStorage/objectLifecyclePolicy:ObjectLifecyclePolicy");
    assert.equal(lifecycle.parent, "store");
    assert.deepEqual(lifecycle.dependencies, ["store-bucket", "store-lifecycle-grant"]);
    assert.deepEqual(lifecycle.inputs, {
      bucket: "homelab-backups",
      namespace: "axaxnpcrorw5",
      rules: lifecycleRules(14),
    });
  });

  it("gives out the bucket's name and the address to reach it at", async () => {
    let made: BackupBucket | undefined;
    const captured = await capture(() => (made = new BackupBucket("store", args)), oracle);
    const outputs = {
      bucketName: "homelab-backups",
      namespace: "axaxnpcrorw5",
      s3Endpoint: "https://axaxnpcrorw5.compat.objectstorage.sa-saopaulo-1.oraclecloud.com",
    };
    assert.deepEqual(captured.one("cluster-security:backups:BackupBucket").outputs, outputs);
    assert.equal(await valueOf(made!.s3Endpoint), outputs.s3Endpoint);
  });

  it("registers the same resources with known and unknown values", async () => {
    assert.deepEqual((await run({ preview: true })).shape(), (await run()).shape());
    assert.equal((await run()).resources.length, 4);
  });
});

describe("lifecycleRules", () => {
  it("abort abandoned uploads and delete previous versions after the days that are set", () => {
    assert.deepEqual(lifecycleRules(30), [
      {
        name: "abort-incomplete-uploads",
        target: "multipart-uploads",
        action: "ABORT",
        timeAmount: "7",
        timeUnit: "DAYS",
        isEnabled: true,
      },
      {
        name: "delete-previous-versions",
        target: "previous-object-versions",
        action: "DELETE",
        timeAmount: "30",
        timeUnit: "DAYS",
        isEnabled: true,
      },
    ]);
  });

  it("never touch live objects, which Kopia and restic need however old they are", () => {
    for (const days of [1, 14, 365]) {
      const targets = lifecycleRules(days).map((rule) => String(rule.target));
      assert.ok(!targets.includes("objects"), `a rule targets live objects: ${targets.join(", ")}`);
    }
  });

  for (const days of [0, -1, 1.5, Number.NaN]) {
    it(`refuse ${days} days`, () => {
      assert.throws(() => lifecycleRules(days), {
        message: `previousVersionDays is ${days}; it must be a whole number, 1 or more`,
      });
    });
  }
});

describe("s3Endpoint", () => {
  it("is the host of the S3-compatible API, without a path", () => {
    assert.equal(new URL(s3Endpoint("ns", "eu-frankfurt-1")).pathname, "/");
    assert.equal(
      s3Endpoint("ns", "eu-frankfurt-1"),
      "https://ns.compat.objectstorage.eu-frankfurt-1.oraclecloud.com",
    );
  });
});
