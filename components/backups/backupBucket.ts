import * as pulumi from "@pulumi/pulumi";
import { Policy } from "@pulumi/oci/identity/policy.js";
import { Bucket } from "@pulumi/oci/objectstorage/bucket.js";
import { getNamespaceOutput } from "@pulumi/oci/objectstorage/getNamespace.js";
import { ObjectLifecyclePolicy } from "@pulumi/oci/objectstorage/objectLifecyclePolicy.js";
import { lifecycleGrant, statementLocation } from "./policyStatements.js";

export interface BackupBucketArgs {
  /** OCID of the tenancy, where policies are kept. */
  tenancyId: string;
  /** OCID of the bucket's compartment. */
  compartmentId: string;
  /**
   * Region of the bucket, the same as the provider's. It has to be the tenancy's home region, the only one where
   * policies can be made and where Always Free storage exists.
   */
  region: string;
  /** Name of the bucket. */
  bucket: string;
  /** Days a deleted or overwritten object can still be brought back. */
  previousVersionDays: number;
}

/**
 * The private bucket of all backups, versioned, with the lifecycle policy that bounds what versions cost.
 *
 * What stands against a stolen key is versioning together with writers that lack OBJECT_VERSION_DELETE: a thief can
 * delete or overwrite objects, but each stays as a previous version for `previousVersionDays`. Retention rules would
 * forbid the deletes and overwrites that Kopia's maintenance, restic's prune and Velero's expiry live on, and a bucket
 * cannot have both (https://docs.oracle.com/iaas/Content/Object/Tasks/usingversioning.htm). More in
 * docs/reference/backup-bucket.md.
 */
export class BackupBucket extends pulumi.ComponentResource {
  /** Name of the bucket, known once it exists. */
  readonly bucketName: pulumi.Output<string>;
  /** Object Storage namespace of the tenancy. */
  readonly namespace: pulumi.Output<string>;
  /** Address of the S3-compatible API, without the bucket. */
  readonly s3Endpoint: pulumi.Output<string>;

  constructor(name: string, args: BackupBucketArgs, opts?: pulumi.ComponentResourceOptions) {
    super("cluster-security:backups:BackupBucket", name, {}, opts);

    const { namespace } = getNamespaceOutput({ compartmentId: args.tenancyId }, { parent: this });
    const bucket = new Bucket(
      `${name}-bucket`,
      {
        compartmentId: args.compartmentId,
        namespace,
        name: args.bucket,
        accessType: "NoPublicAccess",
        storageTier: "Standard",
        versioning: "Enabled",
      },
      { parent: this, protect: true },
    );

    const grant = new Policy(
      `${name}-lifecycle-grant`,
      {
        compartmentId: args.tenancyId,
        name: `${args.bucket}-lifecycle`,
        description: `Lets Object Storage carry out the lifecycle policy of ${args.bucket}`,
        statements: [lifecycleGrant(args.region, statementLocation(args.tenancyId, args.compartmentId))],
      },
      { parent: this },
    );
    new ObjectLifecyclePolicy(
      `${name}-lifecycle`,
      { namespace, bucket: bucket.name, rules: lifecycleRules(args.previousVersionDays) },
      // Oracle refuses a lifecycle policy that the service may not carry out.
      { parent: this, dependsOn: grant },
    );

    this.bucketName = bucket.name;
    this.namespace = namespace;
    this.s3Endpoint = namespace.apply((known) => s3Endpoint(known, args.region));
    this.registerOutputs({
      bucketName: this.bucketName,
      namespace: this.namespace,
      s3Endpoint: this.s3Endpoint,
    });
  }
}

/** One rule of a lifecycle policy. */
export interface LifecycleRule {
  name: string;
  /** Never "objects": a Kopia or restic repository without one of its old objects is broken. */
  target: "multipart-uploads" | "previous-object-versions";
  action: "ABORT" | "DELETE";
  timeAmount: string;
  timeUnit: "DAYS";
  isEnabled: boolean;
}

/**
 * The bucket's rules. The days of a previous version count from when it ceased to be the latest, not from its age
 * (https://docs.oracle.com/iaas/Content/Object/Tasks/usinglifecyclepolicies_topic-To_create_a_lifecycle_policy_rule.htm).
 *
 * @throws Error when no whole day is left to bring an object back.
 */
export function lifecycleRules(previousVersionDays: number): LifecycleRule[] {
  if (!Number.isInteger(previousVersionDays) || previousVersionDays < 1) {
    throw new Error(`previousVersionDays is ${previousVersionDays}; it must be a whole number, 1 or more`);
  }
  return [
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
      timeAmount: String(previousVersionDays),
      timeUnit: "DAYS",
      isEnabled: true,
    },
  ];
}

/** Address of the S3-compatible API; buckets are addressed by path (…/bucket), virtual hosts are not supported. */
export function s3Endpoint(namespace: string, region: string): string {
  return `https://${namespace}.compat.objectstorage.${region}.oraclecloud.com`;
}
