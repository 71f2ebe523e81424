import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import {
  awsCredentials,
  scheduleSpec,
  Velero,
  type VeleroArgs,
  type VeleroSchedule,
} from "../../../components/backups/velero.js";
import { veleroValues } from "../../../components/backups/veleroValues.js";
import { charts } from "../../../components/common/charts.js";
import { leftOutOfBackups } from "../../../components/common/stateSecret.js";
import { assertFitsCrd } from "../../kit/crdSchema.js";
import { capture, isSecret, valueOf, type CaptureOptions } from "../../kit/capture.js";

const backstage: VeleroSchedule = {
  name: "backstage-daily",
  namespaces: ["backstage"],
  cron: "0 2 * * *",
  ttl: "720h",
};
const own: VeleroSchedule = {
  name: "velero-daily",
  namespaces: ["velero", "kube-system"],
  cron: "50 2 * * *",
  ttl: "240h",
};

const args: VeleroArgs = {
  namespace: "velero",
  bucket: "homelab-backups",
  region: "sa-saopaulo-1",
  s3Endpoint: "https://ns.compat.objectstorage.sa-saopaulo-1.oraclecloud.com",
  accessKey: "an-access-key",
  secretKey: "a-secret-key",
  schedules: [backstage, own],
};

const random: CaptureOptions = {
  outputs: (type) => (type.endsWith(":RandomPassword") ? { result: "a-random-password" } : {}),
};

const run = (overrides: Partial<VeleroArgs> = {}, options: CaptureOptions = random) =>
  capture(() => new Velero("velero", { ...args, ...overrides }), options);

const secretType = "kubernetes:core/v1:Secret";
const releaseType = "kubernetes:helm.sh/v3:Release";
const passwordType = "random:index/randomPassword:RandomPassword";

describe("Velero", () => {
  it("hands the key to the chart in a Secret, in the form of an AWS credentials file", async () => {
    const secret = (await run()).one(secretType, "velero-credentials");
    assert.equal(secret.parent, "velero");
    assert.deepEqual(secret.inputs["metadata"], {
      name: "cloud-credentials",
      namespace: "velero",
      labels: leftOutOfBackups,
    });
    assert.deepEqual(secret.inputs["stringData"], {
      cloud: "[default]\naws_access_key_id=an-access-key\naws_secret_access_key=a-secret-key\n",
    });
    assert.equal(secret.isSecret("stringData"), true);
  });

  it("generates the repositories' password, protected, in a Secret that cannot change", async () => {
    let made: Velero | undefined;
    const captured = await capture(() => (made = new Velero("velero", args)), random);
    const password = captured.one(passwordType);
    assert.equal(password.name, "velero-repository-password");
    assert.equal(password.parent, "velero");
    assert.equal(password.protect, true);
    assert.deepEqual(password.inputs, { length: 40, special: false });

    const secret = captured.one(secretType, "velero-repository-credentials");
    assert.equal(secret.protect, true);
    assert.equal(secret.isSecret("stringData"), true);
    assert.equal(secret.inputs["immutable"], true);
    assert.deepEqual(secret.inputs["metadata"], {
      name: "velero-repo-credentials",
      namespace: "velero",
      labels: leftOutOfBackups,
    });
    assert.deepEqual(secret.inputs["stringData"], { "repository-password": "a-random-password" });

    assert.equal(await valueOf(made!.repositoryPassword), "a-random-password");
    assert.equal(await isSecret(made!.repositoryPassword), true);
  });

  for (const [form, given] of [
    ["plain", "given-password"],
    ["secret", pulumi.secret("given-password")],
  ] as const) {
    it(`keeps a password that is given (${form}) and generates none`, async () => {
      const captured = await run({ repositoryPassword: given });
      assert.deepEqual(captured.ofType(passwordType), []);
      const secret = captured.one(secretType, "velero-repository-credentials");
      assert.deepEqual(secret.inputs["stringData"], { "repository-password": "given-password" });
      assert.equal(secret.isSecret("stringData"), true);
      assert.equal(secret.protect, true);
    });
  }

  it("installs the chart after both Secrets, with no credential among its values", async () => {
    const captured = await run({ monitoring: { release: "prometheus" }, backupSyncPeriod: "4h" });
    const release = captured.one(releaseType);
    assert.equal(release.name, "velero-chart-release");
    assert.equal(release.inputs["name"], "velero");
    assert.equal(release.inputs["namespace"], "velero");
    assert.equal(release.inputs["version"], "12.1.0");
    assert.deepEqual(
      release.inputs["values"],
      veleroValues({
        bucket: args.bucket,
        prefix: "velero",
        region: args.region,
        s3Endpoint: args.s3Endpoint,
        backupSyncPeriod: "4h",
        validationFrequency: "1h",
        monitoring: { release: "prometheus" },
      }),
    );
    assert.equal(release.isSecret("values"), false);
    const addon = captured.one("cluster-security:addon:Addon");
    assert.equal(addon.parent, "velero");
    assert.deepEqual(addon.dependencies, ["velero-credentials", "velero-repository-credentials"]);
  });

  it("takes another chart version", async () => {
    assert.equal((await run({ chartVersion: "12.0.3" })).one(releaseType).inputs["version"], "12.0.3");
  });

  it("makes each Schedule under its own name, once Velero runs", async () => {
    const captured = await run();
    const schedules = captured.ofType("kubernetes:velero.io/v1:Schedule");
    assert.deepEqual(
      schedules.map(({ name, parent, inputs }) => ({ name, parent, inputs })),
      [backstage, own].map((schedule) => ({
        name: `velero-schedule-${schedule.name}`,
        parent: "velero",
        inputs: {
          apiVersion: "velero.io/v1",
          kind: "Schedule",
          metadata: { name: schedule.name, namespace: "velero" },
          spec: scheduleSpec(schedule),
        },
      })),
    );
    for (const schedule of schedules) assert.deepEqual(schedule.dependencies, ["velero-chart-release"]);
  });

  it("registers what it gives out", async () => {
    assert.deepEqual((await run()).one("cluster-security:backups:Velero").outputs, {
      releaseName: "velero",
      repositoryPassword: "a-random-password",
    });
  });

  it("registers the same resources with known and unknown values", async () => {
    const shape = (await run()).shape();
    assert.deepEqual((await run({}, { preview: true })).shape(), shape);
    assert.equal(shape.length, 8);
  });
});

describe("scheduleSpec", () => {
  it("backs up namespaces without sealing keys and Helm releases, volumes through Kopia", () => {
    assert.deepEqual(scheduleSpec(own), {
      schedule: "50 2 * * *",
      template: {
        includedNamespaces: ["velero", "kube-system"],
        labelSelector: {
          matchExpressions: [
            { key: "owner", operator: "NotIn", values: ["helm"] },
            { key: "sealedsecrets.bitnami.com/sealed-secrets-key", operator: "DoesNotExist" },
            { key: "kubernetes.io/metadata.name", operator: "DoesNotExist" },
          ],
        },
        ttl: "240h",
        storageLocation: "default",
        snapshotVolumes: false,
        defaultVolumesToFsBackup: true,
      },
    });
  });

  it("fits the definition of the chart that is installed", function () {
    const check = (spec: object) => assertFitsCrd(this, `velero-${charts.velero.version}`, "Schedule", spec);
    check(scheduleSpec(backstage));
    assert.throws(() => check({ ...scheduleSpec(backstage), cron: "0 2 * * *" }), /additional properties/);
  });
});

describe("awsCredentials", () => {
  it("is a file with one profile that ends in a newline", () => {
    assert.equal(
      awsCredentials("id", "a/b+c="),
      "[default]\naws_access_key_id=id\naws_secret_access_key=a/b+c=\n",
    );
  });
});
