import { z } from "zod";
import { meets, parseStatement, type Statement } from "./ociPolicyLanguage.js";
import { noTags, tags } from "./ociTags.js";
import { demandNewName, find, invalid, shown, type Policy, type Tenancy } from "./ociTenancy.js";
import type { Answer, Route } from "./service.js";

const changeable = {
  description: z.string().max(400),
  statements: z.array(z.string().min(1)).min(1).max(50),
  ...tags,
};
const creation = z.strictObject({
  compartmentId: z.string(),
  name: z.string().min(1).max(100),
  ...changeable,
});
const change = z.strictObject(changeable).partial();

/** IAM policies (https://docs.oracle.com/iaas/api/#/en/identity/20160918/Policy/). */
export function policyRoutes(tenancy: Tenancy): Route[] {
  const { policies } = tenancy;
  return [
    {
      call: "POST /20160918/policies",
      handle({ body }) {
        const details = creation.parse(body);
        demandNewName(policies, details.name, "Policy");
        const parsed = details.statements.map((statement) => understood(statement, tenancy));
        const policy = {
          ...tenancy.resource("policy", details.compartmentId),
          ...noTags,
          ...details,
          parsed,
        };
        policies.set(policy.id, policy);
        return shownPolicy(policy);
      },
    },
    {
      call: "GET /20160918/policies/:id",
      handle: ({ params }) => shownPolicy(find(policies, params["id"], "policy")),
    },
    {
      call: "PUT /20160918/policies/:id",
      handle({ params, body }) {
        const details = change.parse(body);
        const policy = find(policies, params["id"], "policy");
        const parsed =
          details.statements?.map((statement) => understood(statement, tenancy)) ?? policy.parsed;
        return shownPolicy(Object.assign(policy, details, { parsed }));
      },
    },
    {
      call: "DELETE /20160918/policies/:id",
      handle({ params }) {
        policies.delete(find(policies, params["id"], "policy").id);
        return { status: 204 };
      },
    },
  ];
}

function shownPolicy({ parsed: _, ...policy }: Policy): Answer {
  return shown(policy);
}

/** @throws Refusal for a statement that is not understood, or that names what does not exist. */
function understood(text: string, tenancy: Tenancy): Statement {
  let statement;
  try {
    statement = parseStatement(text);
  } catch (error) {
    throw invalid((error as Error).message);
  }
  const { subject, compartmentId } = statement;
  const groups = [...tenancy.groups.values()];
  if (
    subject.kind === "group" &&
    !groups.some(({ name }) => name.toLowerCase() === subject.name.toLowerCase())
  ) {
    throw invalid(
      `The group ${subject.name} specified in the policy statement does not exist under current compartment hierarchy`,
    );
  }
  if (compartmentId !== undefined && !tenancy.hasCompartment(compartmentId)) {
    throw invalid(
      `Compartment ${compartmentId} does not exist or is not part of the policy compartment subtree`,
    );
  }
  return statement;
}

/** https://docs.oracle.com/iaas/Content/Object/Tasks/usinglifecyclepolicies.htm */
const lifecyclePermissions = [
  "BUCKET_INSPECT",
  "BUCKET_READ",
  "OBJECT_INSPECT",
  "OBJECT_UPDATE_TIER",
  "OBJECT_DELETE",
  "OBJECT_VERSION_DELETE",
];

/** The permissions the Object Storage service lacks to carry out a lifecycle policy of the bucket. */
export function missingForLifecycle(
  tenancy: Tenancy,
  bucket: { name: string; compartmentId: string },
): string[] {
  const statements = [...tenancy.policies.values()]
    .flatMap(({ parsed }) => parsed)
    .filter(
      ({ subject, verb, resource, compartmentId = bucket.compartmentId }) =>
        subject.kind === "service" &&
        subject.name.toLowerCase() === `objectstorage-${tenancy.region}` &&
        verb === "manage" &&
        resource === "object-family" &&
        compartmentId === bucket.compartmentId,
    );
  return lifecyclePermissions.filter((permission) => {
    const variables = { "request.permission": permission, "target.bucket.name": bucket.name };
    return !statements.some(({ condition }) => meets(condition, variables));
  });
}
