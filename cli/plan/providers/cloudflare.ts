import { createHash, randomBytes } from "node:crypto";
import { isTimestamp } from "../../../stacks/settings/fields/schedules.js";
import { inputFailures } from "./schema.js";
import { standIn, type Failure, type Values } from "./standIn.js";
import { holdsUnknown, plain } from "./values.js";

/** An identifier as Cloudflare makes them, the same for the same name. */
export function cloudflareId(name: string): string {
  return createHash("sha256").update(name).digest("hex").slice(0, 32);
}

/** A token's value as Cloudflare makes them: 40 letters, digits, hyphens and underscores. */
export function newTokenValue(): string {
  return randomBytes(30).toString("base64url");
}

export const zoneScope = "com.cloudflare.api.account.zone";
const userScope = "com.cloudflare.api.user";

/** Some of the permission groups that exist, with the identifiers Cloudflare gives them everywhere. */
export const permissionGroups = [
  { id: "4755a26eedb94da69e1066d98aa820be", name: "DNS Write", scopes: [zoneScope] },
  { id: "82e64a83756745bbbb1c9c2701bf816b", name: "DNS Read", scopes: [zoneScope] },
  { id: "c8fed203ed3043cba015a93ad1616f1f", name: "Zone Read", scopes: [zoneScope] },
  { id: "686d18d5ac6c441c867cbf6771e58a0a", name: "API Tokens Write", scopes: [userScope] },
  { id: "0cc3a61731504c89b99ec1be78b77aa0", name: "API Tokens Read", scopes: [userScope] },
];

const text = { type: "string", minLength: 1 };
const networks = { type: "array", items: { type: "string", format: "cidr" } };

/** https://github.com/cloudflare/terraform-provider-cloudflare/blob/v5.22.0/internal/services/api_token/schema.go */
const tokenSchema = {
  required: ["name", "policies"],
  properties: {
    name: text,
    policies: {
      type: "array",
      minItems: 1,
      items: {
        required: ["effect", "permissionGroups", "resources"],
        properties: {
          effect: { enum: ["allow", "deny"] },
          permissionGroups: {
            type: "array",
            minItems: 1,
            items: { required: ["id"], properties: { id: text } },
          },
          resources: text,
        },
      },
    },
    status: { enum: ["active", "disabled", "expired"] },
    expiresOn: text,
    notBefore: text,
    condition: { properties: { requestIp: { properties: { ins: networks, notIns: networks } } } },
  },
};

/** Knows any zone by name, the permission groups above, and makes tokens whose value is drawn at random. */
export const cloudflare = standIn(
  "cloudflare",
  {
    "cloudflare:index/apiToken:ApiToken": {
      check: (inputs) => ({ failures: tokenProblems(inputs) }),
      computed: ["status"],
      secretOutputs: ["value"],
      // The official plugin plans every output anew but the id, whatever changes.
      recomputed: ["status", "value"],
      generates: true,
      create({ status = "active", expiresOn }, { urn }) {
        if (isPast(expiresOn)) throw new Error(`Cloudflare makes no token that has expired: ${expiresOn}`);
        return { id: cloudflareId(urn), outputs: { status, value: newTokenValue() } };
      },
      // As with the official plugin, a token that has expired is gone, so that the next run makes another.
      read({ inputs, outputs: { status, value } }) {
        const gone = status === "expired" || isPast(plain(inputs)["expiresOn"]);
        return Promise.resolve(gone ? undefined : { inputs, outputs: { status, value } });
      },
    },
  },
  {
    "cloudflare:index/getZone:getZone"({ filter, zoneId }) {
      if ((filter === undefined) === (zoneId === undefined)) {
        throw new Error("getZone takes either filter or zoneId");
      }
      const { name = "zone.example", ...others } = (filter ?? {}) as { name?: string };
      if (Object.keys(others).length > 0 || (filter && !filter["name"])) {
        throw new Error("the stand-in for cloudflare finds a zone by zoneId or filter.name alone");
      }
      const id = (zoneId ?? cloudflareId(name)) as string;
      return {
        filter,
        id,
        zoneId: id,
        name,
        account: { id: cloudflareId("account"), name: "account" },
        status: "active",
      };
    },
    "cloudflare:index/getApiTokenPermissionGroupsList:getApiTokenPermissionGroupsList"(args) {
      const { name, scope, maxItems } = args as { name?: string; scope?: string; maxItems?: number };
      const results = permissionGroups.filter(
        (group) =>
          (name === undefined || group.name === name) &&
          (scope === undefined || group.scopes.includes(scope)),
      );
      return { name, scope, maxItems, results: results.slice(0, maxItems || undefined) };
    },
  },
);

function isPast(time: unknown): boolean {
  return Date.parse(time as string) <= Date.now();
}

function tokenProblems(inputs: Values): Failure[] {
  const failures = inputFailures(tokenSchema, inputs);
  for (const property of ["expiresOn", "notBefore"]) {
    const time: unknown = inputs[property];
    if (typeof time === "string" && !holdsUnknown(time) && !isTimestamp(time)) {
      failures.push({ property, reason: "must be a time such as 2027-12-31T00:00:00Z" });
    }
  }
  const { policies = [] } = inputs;
  if (!Array.isArray(policies)) return failures;
  (policies as Values[]).forEach(({ resources }, index) => {
    if (resources !== undefined && !holdsUnknown(resources) && !isJsonObject(resources)) {
      failures.push({
        property: `policies[${index}].resources`,
        reason: "must be an object, given as JSON text",
      });
    }
  });
  return failures;
}

function isJsonObject(text: unknown): boolean {
  try {
    const value: unknown = JSON.parse(text as string);
    return typeof value === "object" && value !== null && Object.keys(value).length > 0;
  } catch {
    return false;
  }
}
