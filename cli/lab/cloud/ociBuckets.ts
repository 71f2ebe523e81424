import { z } from "zod";
import { missingForLifecycle } from "./ociPolicies.js";
import { noTags, tags } from "./ociTags.js";
import { etagOf, invalid, notFound, shown, type Bucket, type Tenancy } from "./ociTenancy.js";
import { Refusal, type Answer, type CloudRequest, type Route } from "./service.js";

const changeable = {
  metadata: z.record(z.string(), z.string()).optional(),
  publicAccessType: z.enum(["NoPublicAccess", "ObjectRead", "ObjectReadWithoutList"]).optional(),
  objectEventsEnabled: z.boolean().optional(),
  autoTiering: z.enum(["Disabled", "InfrequentAccess"]).optional(),
  bucketScope: z.literal("NAMESPACE").optional(),
  ...tags,
};
const creation = z.strictObject({
  compartmentId: z.string(),
  name: z.string().regex(/^[\w.-]{1,256}$/, "must be letters, digits and any of . _ -"),
  storageTier: z.enum(["Standard", "Archive"]).optional(),
  versioning: z.enum(["Enabled", "Disabled"]).optional(),
  ...changeable,
});
const change = z.strictObject({
  compartmentId: z.string().optional(),
  versioning: z.enum(["Enabled", "Suspended"]).optional(),
  ...changeable,
});

const patterns = z.array(z.string()).max(1000).optional();
const rule = z
  .strictObject({
    name: z.string().min(1),
    target: z.enum(["objects", "multipart-uploads", "previous-object-versions"]).default("objects"),
    action: z.enum(["ABORT", "ARCHIVE", "DELETE", "INFREQUENT_ACCESS"]),
    timeAmount: z.int().min(1),
    timeUnit: z.enum(["DAYS", "YEARS"]),
    isEnabled: z.boolean(),
    objectNameFilter: z
      .strictObject({ inclusionPrefixes: patterns, inclusionPatterns: patterns, exclusionPatterns: patterns })
      .optional(),
  })
  .refine(({ target, action }) => (target === "multipart-uploads") === (action === "ABORT"), {
    message: "ABORT is for multipart-uploads and the only action there",
  });
const lifecycle = z.strictObject({
  items: z
    .array(rule)
    .max(1000)
    .refine(
      (rules) => new Set(rules.map(({ name }) => name)).size === rules.length,
      "two rules have the same name",
    ),
});

/** Object Storage without the objects (https://docs.oracle.com/iaas/api/#/en/objectstorage/20160918/Bucket/). */
export function bucketRoutes(tenancy: Tenancy): Route[] {
  const { buckets } = tenancy;
  const found = ({ params }: CloudRequest): Bucket => {
    demandNamespace(tenancy, params);
    const bucket = buckets.get(params["bucket"]!);
    if (!bucket) throw new Refusal(404, "BucketNotFound", `there is no bucket ${params["bucket"]}`);
    return bucket;
  };
  return [
    { call: "GET /n", query: ["compartmentId"], handle: () => ({ status: 200, body: tenancy.namespace }) },
    {
      call: "POST /n/:namespace/b",
      handle({ params, body }) {
        demandNamespace(tenancy, params);
        const details = creation.parse(body);
        if (buckets.has(details.name)) {
          throw new Refusal(409, "BucketAlreadyExists", `bucket "${details.name}" already exists`);
        }
        const bucket = newBucket(tenancy, details);
        buckets.set(bucket.name, bucket);
        return shownBucket(bucket);
      },
    },
    {
      call: "GET /n/:namespace/b/:bucket",
      query: ["fields"],
      handle: (request) => shownBucket(found(request), request.query.get("fields")?.split(",")),
    },
    {
      call: "POST /n/:namespace/b/:bucket",
      handle(request) {
        const bucket = found(request);
        const details = change.parse(request.body);
        if (details.compartmentId !== undefined && !tenancy.hasCompartment(details.compartmentId)) {
          throw notFound(`compartment ${details.compartmentId}`);
        }
        if (bucket.versioning === "Disabled" && details.versioning === "Suspended") {
          throw invalid("versioning that is not enabled cannot be suspended");
        }
        return shownBucket(Object.assign(bucket, details));
      },
    },
    {
      call: "DELETE /n/:namespace/b/:bucket",
      handle(request) {
        buckets.delete(found(request).name);
        return { status: 204 };
      },
    },
    {
      // The plugin asks for them with every bucket; a versioned bucket cannot have any.
      call: "GET /n/:namespace/b/:bucket/retentionRules",
      handle(request) {
        found(request);
        return { status: 200, body: { items: [] } };
      },
    },
    ...lifecycleRoutes(tenancy, found),
  ];
}

function lifecycleRoutes(tenancy: Tenancy, found: (request: CloudRequest) => Bucket): Route[] {
  const call = "/n/:namespace/b/:bucket/l";
  const existing = (request: CloudRequest) => {
    const { lifecycle, name } = found(request);
    if (!lifecycle)
      throw new Refusal(404, "LifecyclePolicyNotFound", `bucket ${name} has no lifecycle policy`);
    return lifecycle;
  };
  return [
    {
      call: `PUT ${call}`,
      handle(request) {
        const bucket = found(request);
        const { items } = lifecycle.parse(request.body);
        const missing = missingForLifecycle(tenancy, bucket);
        if (missing.length > 0) {
          throw new Refusal(
            400,
            "InsufficientServicePermissions",
            `Permissions granted to the object storage service principal "objectstorage-${tenancy.region}" to this ` +
              `bucket are insufficient: no policy grants ${missing.join(", ")}`,
          );
        }
        bucket.lifecycle = { timeCreated: new Date().toISOString(), items };
        return shown(bucket.lifecycle);
      },
    },
    { call: `GET ${call}`, handle: (request) => shown(existing(request)) },
    {
      call: `DELETE ${call}`,
      handle(request) {
        existing(request);
        delete found(request).lifecycle;
        return { status: 204 };
      },
    },
  ];
}

function newBucket(tenancy: Tenancy, details: z.infer<typeof creation>): Bucket {
  const { lifecycleState, ...resource } = tenancy.resource("bucket", details.compartmentId);
  return {
    ...resource,
    lifecycleState,
    namespace: tenancy.namespace,
    createdBy: tenancy.callerId,
    metadata: {},
    ...noTags,
    publicAccessType: "NoPublicAccess",
    storageTier: "Standard",
    versioning: "Disabled",
    autoTiering: "Disabled",
    bucketScope: "NAMESPACE",
    objectEventsEnabled: false,
    replicationEnabled: false,
    isReadOnly: false,
    ...details,
  } as Bucket;
}

/** @param fields Statistics that only come when they are asked for. */
function shownBucket({ lifecycle, lifecycleState: _, ...bucket }: Bucket, fields: string[] = []): Answer {
  const statistics = {
    ...(fields.includes("approximateCount") && { approximateCount: 0 }),
    ...(fields.includes("approximateSize") && { approximateSize: 0 }),
  };
  const etag = etagOf(bucket);
  const body = {
    ...bucket,
    etag,
    ...(lifecycle && { objectLifecyclePolicyEtag: etagOf(lifecycle) }),
    ...statistics,
  };
  return { status: 200, body, headers: { etag } };
}

function demandNamespace(tenancy: Tenancy, params: Record<string, string>): void {
  if (params["namespace"] !== tenancy.namespace) {
    throw new Refusal(404, "NamespaceNotFound", `there is no namespace ${params["namespace"]}`);
  }
}
