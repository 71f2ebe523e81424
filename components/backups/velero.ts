import * as pulumi from "@pulumi/pulumi";
import { CustomResource } from "@pulumi/kubernetes/apiextensions/customResource.js";
import { RandomPassword } from "@pulumi/random/randomPassword.js";
import { Addon, type ReleaseOptions } from "../common/addon.js";
import { sealingKeyLabel } from "../secrets/sealingKeys.js";
import { stateSecret } from "../common/stateSecret.js";
import { credentialsSecret, repositorySecret, storageLocation, veleroValues } from "./veleroValues.js";

/** One regular backup. */
export interface VeleroSchedule {
  /** Name of the Schedule. */
  name: string;
  /** Namespaces backed up, with their volumes. */
  namespaces: readonly string[];
  /** When, in UTC, as five cron fields. */
  cron: string;
  /** How long a backup is kept, such as 720h. */
  ttl: string;
}

export interface VeleroArgs extends ReleaseOptions {
  /** Velero's namespace; it exists already and allows privileged pods, which the node agent is. */
  namespace: pulumi.Input<string>;
  /** Name of the bucket. */
  bucket: pulumi.Input<string>;
  /** Region of the bucket. */
  region: string;
  /** Address of the S3-compatible API, without a path. */
  s3Endpoint: pulumi.Input<string>;
  /** Access key id of the bucket's writer. */
  accessKey: pulumi.Input<string>;
  /** Its secret access key. Secret. */
  secretKey: pulumi.Input<string>;
  /** Folder of the bucket that Velero owns. Default: velero. */
  prefix?: string;
  /** Password of the Kopia repositories, which never changes. Secret. Default: generated. */
  repositoryPassword?: pulumi.Input<string>;
  /** How often the bucket is listed. Default: 1h. */
  backupSyncPeriod?: string;
  /** How often the bucket is checked. Default: 1h. */
  validationFrequency?: string;
  /** Regular backups. Default: none. */
  schedules?: readonly VeleroSchedule[];
  /** Helm release whose Prometheus selects monitors by the label `release`. Default: no monitors. */
  monitoring?: { release: string };
}

/** Velero with Kopia: objects and volumes of namespaces, backed up to a bucket. */
export class Velero extends pulumi.ComponentResource {
  /** Name of the Helm release. */
  readonly releaseName: pulumi.Output<string>;
  /** Password of the Kopia repositories; without it volumes cannot be restored. Secret. */
  readonly repositoryPassword: pulumi.Output<string>;

  constructor(name: string, args: VeleroArgs, opts?: pulumi.ComponentResourceOptions) {
    super("cluster-security:backups:Velero", name, {}, opts);

    const credentials = stateSecret(
      `${name}-credentials`,
      {
        metadata: { name: credentialsSecret.name, namespace: args.namespace },
        stringData: {
          [credentialsSecret.key]: pulumi
            .all([args.accessKey, pulumi.secret(args.secretKey)])
            .apply(([accessKey, secretKey]) => awsCredentials(accessKey, secretKey)),
        },
      },
      { parent: this },
    );

    this.repositoryPassword = pulumi.secret(
      args.repositoryPassword ??
        new RandomPassword(
          `${name}-repository-password`,
          { length: 40, special: false },
          { parent: this, protect: true },
        ).result,
    );
    // Velero makes this Secret itself, with a password everybody knows, unless it finds one when it starts
    // (https://github.com/vmware-tanzu/velero/blob/v1.18.1/pkg/repository/keys/keys.go). All repositories are lost to
    // everybody who changes it later.
    const repositoryCredentials = stateSecret(
      `${name}-repository-credentials`,
      {
        metadata: { name: repositorySecret.name, namespace: args.namespace },
        immutable: true,
        stringData: { [repositorySecret.key]: this.repositoryPassword },
      },
      { parent: this, protect: true },
    );

    const addon = new Addon(
      `${name}-chart`,
      {
        chart: "velero",
        chartVersion: args.chartVersion,
        timeoutSeconds: args.timeoutSeconds,
        namespace: args.namespace,
        values: veleroValues({
          bucket: args.bucket,
          prefix: args.prefix ?? "velero",
          region: args.region,
          s3Endpoint: args.s3Endpoint,
          backupSyncPeriod: args.backupSyncPeriod ?? "1h",
          validationFrequency: args.validationFrequency ?? "1h",
          monitoring: args.monitoring,
        }),
      },
      { parent: this, dependsOn: [credentials, repositoryCredentials] },
    );

    // Not by the chart's `schedules`, which puts the release's name before each, and whose every change would
    // upgrade the release.
    for (const schedule of args.schedules ?? []) {
      new CustomResource(
        `${name}-schedule-${schedule.name}`,
        {
          apiVersion: "velero.io/v1",
          kind: "Schedule",
          metadata: { name: schedule.name, namespace: args.namespace },
          spec: scheduleSpec(schedule),
        },
        { parent: this, dependsOn: addon },
      );
    }

    this.releaseName = addon.releaseName;
    this.registerOutputs({ releaseName: this.releaseName, repositoryPassword: this.repositoryPassword });
  }
}

/** What an object's labels have to be for a scheduled backup to hold it: objects without labels are held. */
export const backedUp = {
  matchExpressions: [
    // A release's values and manifests, in a Secret for each of its revisions
    // (https://github.com/helm/helm/blob/v3.19.0/pkg/storage/driver/secrets.go). They come back with the release.
    { key: "owner", operator: "NotIn", values: ["helm"] },
    // Also those the controller made for itself: a key that opens what is in Git does not lie next to it.
    { key: sealingKeyLabel, operator: "DoesNotExist" },
    // Every Namespace has this label, and nothing else does. Velero adds to the listed namespaces each one that the
    // selector matches by its own labels, and a restore makes them all
    // (https://github.com/vmware-tanzu/velero/blob/v1.18.1/pkg/backup/item_collector.go, nsTracker).
    { key: "kubernetes.io/metadata.name", operator: "DoesNotExist" },
  ],
};

/** Spec of a velero.io/v1 Schedule, as far as it is set here. */
export interface ScheduleSpec {
  schedule: string;
  template: {
    includedNamespaces: string[];
    labelSelector: typeof backedUp;
    ttl: string;
    storageLocation: string;
    snapshotVolumes: boolean;
    defaultVolumesToFsBackup: boolean;
  };
}

/**
 * What a Schedule makes at its time: a backup of namespaces, volumes through Kopia, without what comes back from elsewhere.
 * Velero further leaves out whatever has the label of stateSecret.ts.
 */
export function scheduleSpec({ namespaces, cron, ttl }: VeleroSchedule): ScheduleSpec {
  return {
    schedule: cron,
    template: {
      includedNamespaces: [...namespaces],
      labelSelector: backedUp,
      ttl,
      storageLocation,
      snapshotVolumes: false,
      defaultVolumesToFsBackup: true,
    },
  };
}

/** An AWS credentials file with one profile. */
export function awsCredentials(accessKey: string, secretKey: string): string {
  return `[default]\naws_access_key_id=${accessKey}\naws_secret_access_key=${secretKey}\n`;
}
