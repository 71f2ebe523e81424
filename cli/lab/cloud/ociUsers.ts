import { randomBytes } from "node:crypto";
import { z } from "zod";
import { noTags, tags } from "./ociTags.js";
import {
  demandNewName,
  find,
  invalid,
  shown,
  type SecretKey,
  type Tenancy,
  type User,
} from "./ociTenancy.js";
import { Refusal, type Route } from "./service.js";

const changeable = { description: z.string().max(400), ...tags };
const email = z.string().regex(/^[^@\s]+@[^@\s]+$/, "must be an address such as ops@example.com");
const userCreation = z.strictObject({
  compartmentId: z.string(),
  name: z.string().regex(/^[\w.+@-]{1,100}$/, "must be letters, digits and any of . _ - + @"),
  ...changeable,
  email: email.optional(),
});
const userChange = z.strictObject({ ...changeable, email }).partial();
const keyDetails = z.strictObject({ displayName: z.string().max(255) });

const capabilities = z
  .strictObject({
    canUseConsolePassword: z.boolean(),
    canUseApiKeys: z.boolean(),
    canUseAuthTokens: z.boolean(),
    canUseSmtpCredentials: z.boolean(),
    canUseCustomerSecretKeys: z.boolean(),
  })
  .partial();

/** What a new user may do; the last two cannot be changed by the plugin. */
const allCapabilities = {
  canUseConsolePassword: true,
  canUseApiKeys: true,
  canUseAuthTokens: true,
  canUseSmtpCredentials: true,
  canUseCustomerSecretKeys: true,
  canUseDbCredentials: true,
  canUseOAuth2ClientCredentials: true,
};

/** https://docs.oracle.com/iaas/Content/Identity/access/working-with-customer-secret-keys.htm */
const keysPerUser = 2;

/** Users (https://docs.oracle.com/iaas/api/#/en/identity/20160918/User/). */
export function userRoutes(tenancy: Tenancy): Route[] {
  const { users, memberships, secretKeys } = tenancy;
  return [
    {
      call: "POST /20160918/users",
      handle({ body }) {
        const details = userCreation.parse(body);
        if (details.compartmentId !== tenancy.id)
          throw invalid("users live in the tenancy, not in a compartment");
        demandNewName(users, details.name, "User");
        demandAddress(tenancy, details.email);
        const user = {
          ...tenancy.resource("user", details.compartmentId),
          ...noTags,
          ...details,
          isMfaActivated: false,
          emailVerified: false,
          capabilities: { ...allCapabilities },
        };
        users.set(user.id, user);
        return shown(user);
      },
    },
    { call: "GET /20160918/users/:user", handle: ({ params }) => shown(find(users, params["user"], "user")) },
    {
      call: "PUT /20160918/users/:user",
      handle({ params, body }) {
        const details = userChange.parse(body);
        const user = find(users, params["user"], "user");
        if (details.email !== undefined) demandAddress(tenancy, details.email, user);
        return shown(Object.assign(user, details));
      },
    },
    {
      call: "PUT /20160918/users/:user/capabilities",
      handle({ params, body }) {
        const user = find(users, params["user"], "user");
        Object.assign(user.capabilities, capabilities.parse(body));
        return shown(user);
      },
    },
    {
      call: "DELETE /20160918/users/:user",
      handle({ params }) {
        const { id } = find(users, params["user"], "user");
        for (const { userId } of memberships.values()) {
          if (userId === id) throw new Refusal(409, "Conflict", "the user is in a group");
        }
        for (const key of keysOf(tenancy, id)) secretKeys.delete(key.id);
        users.delete(id);
        return { status: 204 };
      },
    },
  ];
}

/** Keys for the S3-compatible API (https://docs.oracle.com/iaas/api/#/en/identity/20160918/CustomerSecretKey/). */
export function secretKeyRoutes(tenancy: Tenancy): Route[] {
  const { users, secretKeys } = tenancy;
  const found = (params: Record<string, string>): SecretKey => {
    const own = new Map(keysOf(tenancy, params["user"]).map((key) => [key.id, key]));
    return find(own, params["key"], "customer secret key");
  };
  return [
    {
      call: "POST /20160918/users/:user/customerSecretKeys",
      handle({ params, body }) {
        const { displayName } = keyDetails.parse(body);
        const user = find(users, params["user"], "user");
        if (!user.capabilities["canUseCustomerSecretKeys"])
          throw invalid("the user may not use customer secret keys");
        if (keysOf(tenancy, user.id).length >= keysPerUser) {
          throw new Refusal(400, "LimitExceeded", `the user has ${keysPerUser} customer secret keys already`);
        }
        const { timeCreated, lifecycleState } = tenancy.resource("credential", tenancy.id);
        const id = randomBytes(20).toString("hex");
        const key = { id, userId: user.id, displayName, timeCreated, lifecycleState };
        secretKeys.set(id, key);
        return shown({ ...key, key: randomBytes(32).toString("base64") });
      },
    },
    {
      call: "GET /20160918/users/:user/customerSecretKeys",
      handle: ({ params }) => ({
        status: 200,
        body: keysOf(tenancy, find(users, params["user"], "user").id),
      }),
    },
    {
      call: "PUT /20160918/users/:user/customerSecretKeys/:key",
      handle: ({ params, body }) => shown(Object.assign(found(params), keyDetails.parse(body))),
    },
    {
      call: "DELETE /20160918/users/:user/customerSecretKeys/:key",
      handle({ params }) {
        secretKeys.delete(found(params).id);
        return { status: 204 };
      },
    },
  ];
}

function keysOf({ secretKeys }: Tenancy, user: string | undefined): SecretKey[] {
  return [...secretKeys.values()].filter(({ userId }) => userId === user);
}

function demandAddress({ identityDomains, users }: Tenancy, address: string | undefined, self?: User): void {
  if (!identityDomains) return;
  if (address === undefined) throw invalid("a user of an identity domain needs an email address");
  for (const user of users.values()) {
    if (user !== self && user.email === address) throw invalid("another user has this email address");
  }
}
