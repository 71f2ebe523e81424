import * as pulumi from "@pulumi/pulumi";
import { BackupBucket } from "./backupBucket.js";
import { BucketWriter } from "./bucketWriter.js";

/** Folder of the bucket that Velero owns. */
export const veleroPrefix = "velero";

/** Folders of the bucket that the jobs on the node own: volumes, host configuration, PostgreSQL. */
export const nodeJobPrefixes = ["restic-k8s", "restic-host", "pg-dump"] as const;

export interface BackupStorageArgs {
  oci: {
    /** OCID of the tenancy, where users and policies live. */
    tenancyId: string;
    /** OCID of the bucket's compartment. */
    compartmentId: string;
    /** Region of the bucket: the tenancy's home region, and the provider's. */
    region: string;
    /** Mailbox of the operator, for tenancies with identity domains. Default: none. */
    userEmail?: string;
  };
  /** Name of the bucket. Default: homelab-backups. */
  bucket?: string;
  /** Days a deleted or overwritten object can still be brought back. Default: 14. */
  previousVersionDays?: number;
}

/**
 * Where backups go: one bucket of Oracle Cloud, and one user for each writer. It needs nothing of the cluster, since the
 * node's jobs have its keys before there is a cluster.
 */
export class BackupStorage extends pulumi.ComponentResource {
  /** Name of the bucket. */
  readonly bucketName: pulumi.Output<string>;
  /** Address of the S3-compatible API, without the bucket. */
  readonly s3Endpoint: pulumi.Output<string>;
  /** Access key id of Velero. */
  readonly veleroAccessKey: pulumi.Output<string>;
  /** Secret access key of Velero. Secret. */
  readonly veleroSecretKey: pulumi.Output<string>;
  /** Access key id of the jobs on the node. */
  readonly nodeJobsAccessKey: pulumi.Output<string>;
  /** Secret access key of the jobs on the node. Secret. */
  readonly nodeJobsSecretKey: pulumi.Output<string>;
  /** Access key id of the bucket's statistics, which may only list. */
  readonly statisticsAccessKey: pulumi.Output<string>;
  /** Secret access key of the bucket's statistics. Secret. */
  readonly statisticsSecretKey: pulumi.Output<string>;

  constructor(name: string, args: BackupStorageArgs, opts?: pulumi.ComponentResourceOptions) {
    super("cluster-security:backups:BackupStorage", name, {}, opts);
    const { tenancyId, compartmentId, region, userEmail } = args.oci;
    const bucket = args.bucket ?? "homelab-backups";

    const storage = new BackupBucket(
      `${name}-storage`,
      { tenancyId, compartmentId, region, bucket, previousVersionDays: args.previousVersionDays ?? 14 },
      { parent: this },
    );
    const writer = (role: string, description: string, prefixes: readonly string[]) =>
      new BucketWriter(
        `${name}-${role}-writer`,
        { tenancyId, compartmentId, bucket, writer: role, description, prefixes, email: userEmail },
        { parent: this },
      );
    const velero = writer("velero", `Velero's backups in ${bucket}`, [veleroPrefix]);
    const nodeJobs = writer("node-jobs", `Backups of the node in ${bucket}`, nodeJobPrefixes);
    const statistics = writer("statistics", `Size of what lies in ${bucket}; lists, reads nothing`, []);

    this.bucketName = storage.bucketName;
    this.s3Endpoint = storage.s3Endpoint;
    this.veleroAccessKey = velero.accessKey;
    this.veleroSecretKey = velero.secretKey;
    this.nodeJobsAccessKey = nodeJobs.accessKey;
    this.nodeJobsSecretKey = nodeJobs.secretKey;
    this.statisticsAccessKey = statistics.accessKey;
    this.statisticsSecretKey = statistics.secretKey;
    this.registerOutputs({
      bucketName: this.bucketName,
      s3Endpoint: this.s3Endpoint,
      veleroAccessKey: this.veleroAccessKey,
      veleroSecretKey: this.veleroSecretKey,
      nodeJobsAccessKey: this.nodeJobsAccessKey,
      nodeJobsSecretKey: this.nodeJobsSecretKey,
      statisticsAccessKey: this.statisticsAccessKey,
      statisticsSecretKey: this.statisticsSecretKey,
    });
  }
}
