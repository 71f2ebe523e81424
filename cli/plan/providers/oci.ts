import { createHash, randomBytes } from "node:crypto";
import { bridged } from "./bridged.js";
import {
  standIn,
  type CheckContext,
  type Failure,
  type ResourceKind,
  type StandIn,
  type Values,
} from "./standIn.js";
import { holdsUnknown } from "./values.js";

const digest = (text: string): string => createHash("sha256").update(text).digest("hex");

/** An Oracle Cloud identifier, the same for the same resource. */
function ocid(resource: string, { urn }: CheckContext): string {
  return `ocid1.${resource}.oc1..${digest(urn).slice(0, 60)}`;
}

const text = { type: "string", minLength: 1 };
const flag = { type: "boolean" };
/** https://docs.oracle.com/en-us/iaas/api/#/en/identity/20160918/datatypes/CreateUserDetails */
const identity = {
  name: { type: "string", pattern: "^[A-Za-z0-9._-]{1,100}$" },
  description: { type: "string", minLength: 1, maxLength: 400 },
};

const rule = {
  required: ["name", "action", "timeAmount", "timeUnit", "isEnabled"],
  properties: {
    name: text,
    action: { enum: ["ARCHIVE", "INFREQUENT_ACCESS", "DELETE", "ABORT"] },
    timeAmount: { type: "string", pattern: "^[0-9]{1,18}$" },
    timeUnit: { enum: ["DAYS", "YEARS"] },
    isEnabled: flag,
    target: { enum: ["objects", "multipart-uploads", "previous-object-versions"] },
  },
};

/** A named identity that is nothing but its inputs and an identifier. */
function named(type: string, required: Values, optional: Values = {}): ResourceKind {
  return bridged({
    required: { ...identity, ...required },
    optional,
    forceNew: ["compartmentId", "name"],
    create: (_, context) => ({ id: ocid(type, context), outputs: { state: "ACTIVE" } }),
  });
}

/** A bucket that exists outside the state: what the real provider finds out about it, apart from identifiers. */
export interface ExistingBucket extends Values {
  namespace: string;
  name: string;
}

function bucketId({ namespace, name }: Values): string {
  return `n/${namespace}/b/${name}`;
}

const privateAccess = "NoPublicAccess";

const bucket = bridged({
  required: {
    compartmentId: text,
    namespace: text,
    name: { type: "string", pattern: "^[A-Za-z0-9._-]{1,256}$" },
  },
  optional: {
    accessType: { enum: [privateAccess, "ObjectRead", "ObjectReadWithoutList"] },
    storageTier: { enum: ["Standard", "Archive"] },
    versioning: { enum: ["Enabled", "Disabled"] },
    autoTiering: { enum: ["Disabled", "InfrequentAccess"] },
  },
  forceNew: ["name", "namespace", "storageTier"],
  create(
    { storageTier = "Standard", versioning = "Disabled", autoTiering = "Disabled", ...inputs },
    context,
  ) {
    const { accessType = privateAccess } = inputs;
    const settings = { accessType, storageTier, versioning, autoTiering };
    return {
      id: bucketId(inputs),
      outputs: { ...settings, bucketId: ocid("bucket", context), etag: digest(context.urn) },
    };
  },
});

const lifecycle = bridged({
  required: { namespace: text, bucket: text },
  optional: { rules: { type: "array", items: rule } },
  forceNew: ["bucket", "namespace"],
  create: ({ namespace, bucket }) => ({ id: `n/${namespace}/b/${bucket}/l` }),
});

const policy = named("policy", {
  compartmentId: text,
  statements: { type: "array", minItems: 1, items: text },
});

function statementFailures(statements: unknown): Failure[] {
  if (!Array.isArray(statements)) return [];
  return (statements as string[]).flatMap((statement, index) =>
    holdsUnknown(statement) || /^(allow|endorse|admit|define|deny)\s/i.test(statement)
      ? []
      : [{ property: `statements[${index}]`, reason: 'must begin with a verb such as "Allow"' }],
  );
}

/** A set in the plugin's schema: without an order. */
function inOrder(rules: unknown): unknown {
  if (!Array.isArray(rules)) return rules;
  const complete = (rules as Values[]).map((one): Values => ({ target: "objects", ...one }));
  return complete.sort((left, right) => String(left["name"]).localeCompare(String(right["name"])));
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
        ...bucket,
        computed: ["storageTier", "versioning", "autoTiering"],
        compared: (inputs) => ({ accessType: privateAccess, ...inputs }),
        update({ outputs }, news) {
          if (news["versioning"] === "Disabled" && outputs["versioning"] === "Enabled") {
            throw new Error(
              'Object Storage does not take a bucket\'s versioning from "Enabled" to "Disabled"',
            );
          }
          return Promise.resolve({ outputs: { ...outputs, accessType: privateAccess, ...news } });
        },
        find(id, context) {
          const inputs = buckets.find((bucket) => bucketId(bucket) === id);
          const outputs = { bucketId: ocid("bucket", context), etag: digest(id) };
          return Promise.resolve(inputs && { inputs, outputs });
        },
      },
      "oci:ObjectStorage/objectLifecyclePolicy:ObjectLifecyclePolicy": {
        ...lifecycle,
        compared: ({ rules, ...others }) => ({ ...others, rules: inOrder(rules) }),
      },
      "oci:Identity/user:User": named("user", {}, { compartmentId: text, email: text }),
      "oci:Identity/group:Group": named("group", {}, { compartmentId: text }),
      "oci:Identity/policy:Policy": {
        ...policy,
        async check(inputs, context) {
          const { failures } = await policy.check!(inputs, context);
          return { failures: [...failures, ...statementFailures(inputs["statements"])] };
        },
      },
      "oci:Identity/userGroupMembership:UserGroupMembership": {
        ...bridged({
          required: { groupId: text, userId: text },
          // The plugin sends it nowhere.
          optional: { compartmentId: text },
          forceNew: ["groupId", "userId"],
          create: (_, context) => ({ id: ocid("groupmembership", context), outputs: { state: "ACTIVE" } }),
        }),
        update: () => Promise.reject(new Error("doesn't support update")),
      },
      "oci:Identity/userCapabilitiesManagement:UserCapabilitiesManagement": bridged({
        required: { userId: text },
        optional: {
          canUseApiKeys: flag,
          canUseAuthTokens: flag,
          canUseConsolePassword: flag,
          canUseCustomerSecretKeys: flag,
          canUseSmtpCredentials: flag,
        },
        forceNew: ["userId"],
        create: ({ userId }) => ({ id: `capabilities/${userId}` }),
      }),
      "oci:Identity/customerSecretKey:CustomerSecretKey": {
        ...bridged({
          required: { userId: text, displayName: text },
          forceNew: ["userId"],
          // As with the real provider, `key` is secret only if the program says so (additionalSecretOutputs).
          create: () => ({
            id: randomBytes(20).toString("hex"),
            outputs: { key: randomBytes(32).toString("base64"), state: "ACTIVE" },
          }),
        }),
        generates: true,
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
