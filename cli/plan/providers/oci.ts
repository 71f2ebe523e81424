import { createHash, randomBytes } from "node:crypto";
import { standIn, type CheckContext, type ResourceKind, type StandIn, type Values } from "./standIn.js";

const digest = (text: string): string => createHash("sha256").update(text).digest("hex");

/** An Oracle Cloud identifier, the same for the same resource. */
function ocid(resource: string, { urn }: CheckContext): string {
  return `ocid1.${resource}.oc1..${digest(urn).slice(0, 60)}`;
}

/** The real provider makes up a name where the program gives none. */
function named({ name }: Values, context: CheckContext): Values {
  return name === undefined ? { name: `${context.name}-${digest(context.urn).slice(0, 7)}` } : {};
}

/** Which inputs make a new resource; the rest is marked "Updatable" in the provider's documentation. */
function replacedBy(...properties: string[]): NonNullable<ResourceKind["replaces"]> {
  return ({ path }) => properties.includes(String(path[0]));
}

/** A named identity that is nothing but its inputs and an identifier. */
function identity(resource: string): ResourceKind {
  return {
    check: (inputs, context) => ({ failures: [], defaults: named(inputs, context) }),
    replaces: replacedBy("compartmentId", "name"),
    create: (_, context) => ({ id: ocid(resource, context), outputs: { state: "ACTIVE" } }),
  };
}

const policy = identity("policy");

/** A bucket that exists outside the state: what the real provider finds out about it, apart from identifiers. */
export interface ExistingBucket extends Values {
  namespace: string;
  name: string;
}

function bucketId({ namespace, name }: Values): string {
  return `n/${namespace}/b/${name}`;
}

/**
 * Object Storage and Identity, as far as a bucket with its writers needs them.
 *
 * @param buckets Those that can be imported. Default: none.
 */
export const oci = (buckets: readonly ExistingBucket[] = []): StandIn =>
  standIn(
    "oci",
    {
      "oci:ObjectStorage/bucket:Bucket": {
        check: (inputs, context) => ({ failures: [], defaults: named(inputs, context) }),
        replaces: replacedBy("name", "namespace", "storageTier"),
        create: ({ accessType = "NoPublicAccess", storageTier = "Standard", ...inputs }, context) => ({
          id: bucketId(inputs),
          outputs: { accessType, storageTier, bucketId: ocid("bucket", context), etag: digest(context.urn) },
        }),
        find(id, context) {
          const inputs = buckets.find((bucket) => bucketId(bucket) === id);
          const outputs = { bucketId: ocid("bucket", context), etag: digest(id) };
          return Promise.resolve(inputs && { inputs, outputs });
        },
      },
      "oci:ObjectStorage/objectLifecyclePolicy:ObjectLifecyclePolicy": {
        replaces: replacedBy("bucket", "namespace"),
        create: ({ namespace, bucket }) => ({ id: `n/${namespace}/b/${bucket}/l` }),
      },
      "oci:Identity/user:User": identity("user"),
      "oci:Identity/group:Group": identity("group"),
      "oci:Identity/policy:Policy": {
        ...policy,
        check(inputs, context) {
          const failures = ((inputs["statements"] ?? []) as string[]).flatMap((statement, index) =>
            /^(allow|endorse|admit|define|deny)\s/i.test(statement) || !/\s/.test(statement)
              ? []
              : [{ property: `statements[${index}]`, reason: 'must begin with a verb such as "Allow"' }],
          );
          return { failures, defaults: named(inputs, context) };
        },
      },
      "oci:Identity/userGroupMembership:UserGroupMembership": {
        replaces: replacedBy("compartmentId", "groupId", "userId"),
        create: (_, context) => ({ id: ocid("groupmembership", context), outputs: { state: "ACTIVE" } }),
      },
      "oci:Identity/userCapabilitiesManagement:UserCapabilitiesManagement": {
        replaces: replacedBy("userId"),
        create: ({ userId }) => ({ id: `capabilities/${userId}` }),
      },
      "oci:Identity/customerSecretKey:CustomerSecretKey": {
        replaces: replacedBy("userId"),
        generates: true,
        // As with the real provider, `key` is secret only if the program says so (additionalSecretOutputs).
        create: () => ({
          id: randomBytes(20).toString("hex"),
          outputs: { key: randomBytes(32).toString("base64"), state: "ACTIVE" },
        }),
      },
    },
    {
      "oci:ObjectStorage/getNamespace:getNamespace": ({ compartmentId }) => ({
        compartmentId,
        id: "ObjectStorageNamespaceDataSource-0",
        namespace: digest(String(compartmentId ?? "tenancy")).slice(0, 12),
      }),
    },
  );
