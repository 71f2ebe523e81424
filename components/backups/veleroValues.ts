import type * as pulumi from "@pulumi/pulumi";
import { reloadAnnotation } from "../common/reloader.js";

/** The Secret with the bucket's key and the name of its entry, as `velero install` calls them. */
export const credentialsSecret = { name: "cloud-credentials", key: "cloud" } as const;

/** The Secret with the password of the Kopia repositories and the name of its entry, as Velero looks for them. */
export const repositorySecret = { name: "velero-repo-credentials", key: "repository-password" } as const;

/** The workloads that use {@link credentialsSecret}, as the chart names them, for the Reloader of their namespace. */
export const credentialsUsers = { deployments: ["velero"], daemonSets: ["node-agent"] } as const;

/** Name of the one BackupStorageLocation. */
export const storageLocation = "default";

/** Velero's release; the chart's own default is one patch behind. */
const image = { repository: "docker.io/velero/velero", tag: "v1.18.2" };

/**
 * 1.14.0 is the last plugin built with an AWS SDK that sends no trailing checksums of its own accord. Since 1.14.1 every
 * upload carries them, and Oracle's API refuses it (https://github.com/velero-io/velero/issues/10543). A variable of the
 * SDK turns them off for uploads below 5 MiB; nothing does for those above, which go in parts.
 */
const pluginImage = "docker.io/velero/velero-plugin-for-aws:v1.14.0";

/** Uid of the plugin's image. Any but root will do: nothing is written outside /tmp and /scratch, both volumes. */
const nonRootUser = 65532;

export interface VeleroValuesArgs {
  /** Name of the bucket. */
  bucket: pulumi.Input<string>;
  /** Folder of the bucket that Velero owns. */
  prefix: string;
  /** Region of the bucket. */
  region: string;
  /** Address of the S3-compatible API, without a path: Kopia refuses one. */
  s3Endpoint: pulumi.Input<string>;
  /** How often Velero lists the bucket for backups it does not know. */
  backupSyncPeriod: string;
  /** How often Velero checks that it can reach the bucket. */
  validationFrequency: string;
  /** Helm release whose Prometheus selects monitors by the label `release`. Default: no monitors. */
  monitoring?: { release: string };
}

/** Values of Velero's chart. The credential is not among them: the chart reads it from `credentialsSecret`. */
export function veleroValues(args: VeleroValuesArgs): Record<string, unknown> {
  const hardened = {
    allowPrivilegeEscalation: false,
    capabilities: { drop: ["ALL"] },
    readOnlyRootFilesystem: true,
  };
  // Nothing else restarts a pod whose Secret changed.
  const annotations = reloadAnnotation(credentialsSecret.name);
  return {
    image,
    initContainers: [
      {
        name: "velero-plugin-for-aws",
        image: pluginImage,
        imagePullPolicy: "IfNotPresent",
        securityContext: hardened,
        volumeMounts: [{ mountPath: "/target", name: "plugins" }],
      },
    ],
    annotations,
    podSecurityContext: {
      runAsNonRoot: true,
      runAsUser: nonRootUser,
      runAsGroup: nonRootUser,
      seccompProfile: { type: "RuntimeDefault" },
    },
    containerSecurityContext: hardened,
    // It idles at some 50 MiB and rises to 770 MiB for minutes while it writes a backup. No limit on processor time:
    // it would only make a backup longer.
    resources: { requests: { cpu: "100m", memory: "128Mi" }, limits: { memory: "1Gi" } },

    // Helm installs a chart's crds/ folder once and never upgrades it, so a newer server would find old definitions
    // and lose fields without a word. The job applies those of the very image that will run. Should it ever hang, the
    // release's timeout ends the wait, and `helm rollback velero --no-hooks` gets past it.
    upgradeCRDs: true,
    upgradeJobResources: { requests: { cpu: "50m", memory: "64Mi" }, limits: { memory: "256Mi" } },

    configuration: {
      backupStorageLocation: [
        {
          name: storageLocation,
          provider: "aws",
          default: true,
          bucket: args.bucket,
          prefix: args.prefix,
          // By default both happen every minute; each is a call that counts against the free tier's 50,000 a month.
          backupSyncPeriod: args.backupSyncPeriod,
          validationFrequency: args.validationFrequency,
          config: {
            region: args.region,
            s3Url: args.s3Endpoint,
            s3ForcePathStyle: "true",
            // Empty, not absent: Oracle's API refuses the checksum the plugin adds by default.
            checksumAlgorithm: "",
          },
        },
      ],
      uploaderType: "kopia",
      defaultVolumesToFsBackup: true,
      // By default every hour for each repository, again in calls to the bucket.
      defaultRepoMaintainFrequency: "24h",
      repositoryMaintenanceJob: { repositoryConfigData: { global: { keepLatestMaintenanceJobs: 1 } } },
      // Kopia keeps its configuration and cache in the home directory, and the image's cannot be written to; the
      // maintenance jobs inherit both this variable and the volume.
      extraEnvVars: [{ name: "HOME", value: "/scratch" }],
    },
    credentials: { useSecret: true, existingSecret: credentialsSecret.name },

    // Volumes are copied by Kopia; the cluster's storage takes no snapshots.
    snapshotsEnabled: false,
    deployNodeAgent: true,
    nodeAgent: {
      annotations,
      // It runs as root, by the chart's default, to read volumes of any owner. The data itself moves in pods of its
      // own, one for each volume.
      containerSecurityContext: {
        allowPrivilegeEscalation: false,
        seccompProfile: { type: "RuntimeDefault" },
      },
      resources: { requests: { cpu: "50m", memory: "128Mi" }, limits: { memory: "512Mi" } },
    },

    // It restores any kind of object, roles included, which takes every right there is.
    rbac: { create: true, clusterAdministrator: true },
    metrics: { enabled: true, ...monitors(args.monitoring) },
  };
}

function monitors(monitoring: VeleroValuesArgs["monitoring"]): Record<string, unknown> {
  // autodetect would leave a monitor out, silently, where its definition is missing.
  const monitor = monitoring
    ? { enabled: true, autodetect: false, additionalLabels: { release: monitoring.release } }
    : { enabled: false };
  return { serviceMonitor: monitor, nodeAgentPodMonitor: monitor };
}
