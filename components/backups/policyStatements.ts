/**
 * Statements of Oracle's policy language (https://docs.oracle.com/iaas/Content/Identity/policysyntax/conditions.htm).
 * Permissions are named as in
 * https://docs.oracle.com/iaas/Content/Identity/policyreference/objectstoragepolicyreference.htm.
 */

/** Where a statement applies. The root compartment has no id of its own in a statement: it is the tenancy. */
export function statementLocation(tenancyId: string, compartmentId: string): string {
  return compartmentId === tenancyId ? "tenancy" : `compartment id ${compartmentId}`;
}

/**
 * What the Object Storage service itself needs to run a lifecycle policy, as
 * https://docs.oracle.com/iaas/Content/Object/Tasks/usinglifecyclepolicies.htm lists it. It can neither read nor write
 * an object.
 */
const servicePermissions = [
  "BUCKET_INSPECT",
  "BUCKET_READ",
  "OBJECT_INSPECT",
  "OBJECT_UPDATE_TIER",
  "OBJECT_DELETE",
  "OBJECT_VERSION_DELETE",
];

/** Lets the Object Storage service of one region carry out lifecycle policies. */
export function lifecycleGrant(region: string, place: string): string {
  return (
    `Allow service objectstorage-${region} to manage object-family in ${place} ` +
    `where ${anyPermission(servicePermissions)}`
  );
}

/**
 * What Kopia, restic and Velero's plugin do with an object: read, create, overwrite, delete. A delete without
 * OBJECT_VERSION_DELETE leaves the object's versions in place. Nothing here changes the bucket either: versioning and
 * lifecycle take BUCKET_UPDATE, links for strangers PAR_MANAGE.
 */
const writerPermissions = ["OBJECT_READ", "OBJECT_CREATE", "OBJECT_OVERWRITE", "OBJECT_DELETE"];

export interface WriterStatementsArgs {
  /** Name of the group in the default identity domain. */
  group: string;
  /** The bucket. */
  bucket: string;
  /** The statement's location, from `location`. */
  place: string;
  /** Prefixes whose objects may be read, written and deleted; with none the group may only list. */
  prefixes: readonly string[];
}

/**
 * One group's access to one bucket.
 *
 * Listing cannot be limited to a prefix: a list request names no object, and a condition on a variable that a request
 * does not have refuses the request. So every group sees the names and sizes of the whole bucket, but reads and
 * changes only what lies under its own prefixes.
 *
 * @throws Error for a prefix that is not one plain path segment, because it would widen the pattern.
 */
export function writerStatements({ group, bucket, place, prefixes }: WriterStatementsArgs): string[] {
  for (const prefix of prefixes) {
    if (!/^[a-z0-9][a-z0-9-]*$/.test(prefix)) {
      throw new Error(`prefix "${prefix}" is not lower-case letters, digits and hyphens, such as velero`);
    }
  }
  const inBucket = `target.bucket.name='${bucket}'`;
  return [
    `Allow group ${group} to read buckets in ${place} where ${inBucket}`,
    `Allow group ${group} to inspect objects in ${place} where ${inBucket}`,
    // A quoted pattern and not /…/: the names it has to match contain slashes.
    ...prefixes.map(
      (prefix) =>
        `Allow group ${group} to manage objects in ${place} where all ` +
        `{${inBucket}, target.object.name='${prefix}/*', ${anyPermission(writerPermissions)}}`,
    ),
  ];
}

function anyPermission(permissions: readonly string[]): string {
  return `any {${permissions.map((permission) => `request.permission='${permission}'`).join(", ")}}`;
}
