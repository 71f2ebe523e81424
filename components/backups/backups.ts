import * as pulumi from "@pulumi/pulumi";
import { BackupBucket } from "./backupBucket.js";
import { BucketWriter } from "./bucketWriter.js";
import { Velero, type VeleroSchedule } from "./velero.js";

/** Folder of the bucket that Velero owns. */
export const veleroPrefix = "velero";

/** Folders of the bucket that the jobs on the node own: volumes, host configuration, PostgreSQL. */
export const nodeJobPrefixes = ["restic-k8s", "restic-host", "pg-dump"] as const;

export interface BackupsArgs {
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
  /** Velero's namespace; it exists already and allows privileged pods. */
  namespace: pulumi.Input<string>;
  velero?: {
    /** Password of the Kopia repositories, which never changes. Secret. Default: generated. */
    repositoryPassword?: pulumi.Input<string>;
    /** How often the bucket is listed. Default: 1h. */
    backupSyncPeriod?: string;
    /** How often the bucket is checked. Default: 1h. */
    validationFrequency?: string;
    /** Regular backups. Default: none. */
    schedules?: readonly VeleroSchedule[];
  };
  /** Helm release whose Prometheus selects monitors by the label `release`. Default: no monitors. */
  monitoring?: { release: string };
  /** Exact version of Velero's chart. Default: the table's in charts.ts. */
  chartVersion?: string;
}

/**
 * Backups to one bucket of Oracle Cloud: the bucket, one user for each writer, and Velero. The jobs on the node use
 * the keys this component gives out.
 */
export class Backups extends pulumi.ComponentResource {
  /** Name of the bucket. */
  readonly bucketName: pulumi.Output<string>;
  /** Address of the S3-compatible API, without the bucket. */
  readonly s3Endpoint: pulumi.Output<string>;
  /** Access key id of the jobs on the node. */
  readonly nodeJobsAccessKey: pulumi.Output<string>;
  /** Secret access key of the jobs on the node. Secret. */
  readonly nodeJobsSecretKey: pulumi.Output<string>;
  /** Access key id of the bucket's statistics, which may only list. */
  readonly statisticsAccessKey: pulumi.Output<string>;
  /** Secret access key of the bucket's statistics. Secret. */
  readonly statisticsSecretKey: pulumi.Output<string>;
  /** Password of Velero's Kopia repositories. Secret. */
  readonly repositoryPassword: pulumi.Output<string>;

  constructor(name: string, args: BackupsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("cluster-security:backups:Backups", name, {}, opts);
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
    const veleroWriter = writer("velero", `Velero's backups in ${bucket}`, [veleroPrefix]);
    const nodeJobs = writer("node-jobs", `Backups of the node in ${bucket}`, nodeJobPrefixes);
    const statistics = writer("statistics", `Size of what lies in ${bucket}; lists, reads nothing`, []);

    const velero = new Velero(
      `${name}-velero`,
      {
        ...args.velero,
        namespace: args.namespace,
        bucket: storage.bucketName,
        region,
        s3Endpoint: storage.s3Endpoint,
        accessKey: veleroWriter.accessKey,
        secretKey: veleroWriter.secretKey,
        prefix: veleroPrefix,
        monitoring: args.monitoring,
        chartVersion: args.chartVersion,
      },
      { parent: this },
    );

    this.bucketName = storage.bucketName;
    this.s3Endpoint = storage.s3Endpoint;
    this.nodeJobsAccessKey = nodeJobs.accessKey;
    this.nodeJobsSecretKey = nodeJobs.secretKey;
    this.statisticsAccessKey = statistics.accessKey;
    this.statisticsSecretKey = statistics.secretKey;
    this.repositoryPassword = velero.repositoryPassword;
    this.registerOutputs({
      bucketName: this.bucketName,
      s3Endpoint: this.s3Endpoint,
      nodeJobsAccessKey: this.nodeJobsAccessKey,
      nodeJobsSecretKey: this.nodeJobsSecretKey,
      statisticsAccessKey: this.statisticsAccessKey,
      statisticsSecretKey: this.statisticsSecretKey,
      repositoryPassword: this.repositoryPassword,
    });
  }
}
