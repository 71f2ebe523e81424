import assert from "node:assert/strict";
import {
  credentialsUsers,
  veleroValues,
  type VeleroValuesArgs,
} from "../../../components/backups/veleroValues.js";
import { assertKnownValues } from "../../kit/chartValues.js";

const args: VeleroValuesArgs = {
  bucket: "homelab-backups",
  prefix: "velero",
  region: "sa-saopaulo-1",
  s3Endpoint: "https://ns.compat.objectstorage.sa-saopaulo-1.oraclecloud.com",
  backupSyncPeriod: "2h",
  validationFrequency: "3h",
};

const values = (overrides: Partial<VeleroValuesArgs> = {}): any => veleroValues({ ...args, ...overrides });

describe("veleroValues", () => {
  it("are known to the chart, without monitors", function () {
    assertKnownValues(this, "velero", values());
  });

  it("are known to the chart, with monitors", function () {
    assertKnownValues(this, "velero", values({ monitoring: { release: "kube-prometheus-stack" } }));
  });

  it("pin the server and the last plugin whose uploads Oracle accepts", () => {
    const { image, initContainers } = values();
    assert.deepEqual(image, { repository: "docker.io/velero/velero", tag: "v1.18.2" });
    assert.equal(initContainers.length, 1);
    assert.equal(initContainers[0].image, "docker.io/velero/velero-plugin-for-aws:v1.14.0");
    assert.deepEqual(initContainers[0].volumeMounts, [{ mountPath: "/target", name: "plugins" }]);
  });

  it("point one default location at the bucket, by path, with no checksum and rare calls", () => {
    assert.deepEqual(values().configuration.backupStorageLocation, [
      {
        name: "default",
        provider: "aws",
        default: true,
        bucket: "homelab-backups",
        prefix: "velero",
        backupSyncPeriod: "2h",
        validationFrequency: "3h",
        config: {
          region: "sa-saopaulo-1",
          s3Url: "https://ns.compat.objectstorage.sa-saopaulo-1.oraclecloud.com",
          s3ForcePathStyle: "true",
          checksumAlgorithm: "",
        },
      },
    ]);
  });

  it("copy volumes with Kopia and take no snapshots", () => {
    const { configuration, snapshotsEnabled, deployNodeAgent } = values();
    assert.equal(configuration.uploaderType, "kopia");
    assert.equal(configuration.defaultVolumesToFsBackup, true);
    assert.equal(configuration.defaultRepoMaintainFrequency, "24h");
    assert.deepEqual(configuration.repositoryMaintenanceJob, {
      repositoryConfigData: { global: { keepLatestMaintenanceJobs: 1 } },
    });
    assert.equal(snapshotsEnabled, false);
    assert.equal(deployNodeAgent, true);
  });

  it("take the credential from our Secret and restart both workloads when it changes", () => {
    const { credentials, annotations, nodeAgent } = values();
    const reload = { "secret.reloader.stakater.com/reload": "cloud-credentials" };
    assert.deepEqual(credentials, { useSecret: true, existingSecret: "cloud-credentials" });
    assert.deepEqual(annotations, reload);
    assert.deepEqual(nodeAgent.annotations, reload);
    assert.deepEqual(credentialsUsers, { deployments: ["velero"], daemonSets: ["node-agent"] });
  });

  it("run the server as nobody on a read-only root, with a home that can be written to", () => {
    const { podSecurityContext, containerSecurityContext, configuration } = values();
    assert.deepEqual(podSecurityContext, {
      runAsNonRoot: true,
      runAsUser: 65532,
      runAsGroup: 65532,
      seccompProfile: { type: "RuntimeDefault" },
    });
    assert.deepEqual(containerSecurityContext, {
      allowPrivilegeEscalation: false,
      capabilities: { drop: ["ALL"] },
      readOnlyRootFilesystem: true,
    });
    assert.deepEqual(configuration.extraEnvVars, [{ name: "HOME", value: "/scratch" }]);
  });

  it("leave the node agent root, which it needs, and nothing beyond", () => {
    assert.deepEqual(values().nodeAgent.containerSecurityContext, {
      allowPrivilegeEscalation: false,
      seccompProfile: { type: "RuntimeDefault" },
    });
  });

  it("bound the memory of every container and leave room for the server's peak of 770 MiB", () => {
    const { resources, nodeAgent, upgradeJobResources } = values();
    assert.equal(resources.limits.memory, "1Gi");
    assert.equal(nodeAgent.resources.limits.memory, "512Mi");
    assert.equal(upgradeJobResources.limits.memory, "256Mi");
    for (const { limits } of [resources, nodeAgent.resources, upgradeJobResources]) {
      assert.deepEqual(Object.keys(limits), ["memory"]);
    }
  });

  it("keep the custom resource definitions at the server's version", () => {
    assert.equal(values().upgradeCRDs, true);
  });

  it("bind the cluster role the page names", () => {
    assert.deepEqual(values().rbac, { create: true, clusterAdministrator: true });
  });

  it("keep the metrics endpoint, which the probes use, and add monitors on demand", () => {
    assert.deepEqual(values().metrics, {
      enabled: true,
      serviceMonitor: { enabled: false },
      nodeAgentPodMonitor: { enabled: false },
    });
    const monitor = { enabled: true, autodetect: false, additionalLabels: { release: "prometheus" } };
    assert.deepEqual(values({ monitoring: { release: "prometheus" } }).metrics, {
      enabled: true,
      serviceMonitor: monitor,
      nodeAgentPodMonitor: monitor,
    });
  });
});
