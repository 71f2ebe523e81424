import { createHash, randomBytes } from "node:crypto";
import { standIn, type Failure, type Values } from "./standIn.js";
import { holdsUnknown } from "./values.js";

/** An identifier as Cloudflare makes them, the same for the same name. */
export function idOf(name: string): string {
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

/** Knows any zone by name, the permission groups above, and makes tokens whose value is drawn at random. */
export const cloudflare = standIn(
  "cloudflare",
  {
    "cloudflare:index/apiToken:ApiToken": {
      check: (inputs) => ({ failures: tokenProblems(inputs) }),
      secretOutputs: ["value"],
      generates: true,
      create: ({ status = "active" }, { urn }) => ({
        id: idOf(urn),
        outputs: { status, value: newTokenValue() },
      }),
    },
  },
  {
    "cloudflare:index/getZone:getZone"({ filter, zoneId }) {
      const name = (filter?.name ?? "zone.example") as string;
      const id = (zoneId ?? idOf(name)) as string;
      return {
        filter,
        id,
        zoneId: id,
        name,
        account: { id: idOf("account"), name: "account" },
        status: "active",
      };
    },
    "cloudflare:index/getApiTokenPermissionGroupsList:getApiTokenPermissionGroupsList"(args) {
      const { name, scope, maxItems } = args as { name?: string; scope?: string; maxItems?: number };
      const results = permissionGroups.filter(
        (group) =>
          (name === undefined || group.name === decodeURIComponent(name)) &&
          (scope === undefined || group.scopes.includes(decodeURIComponent(scope))),
      );
      return { name, scope, maxItems, results: results.slice(0, maxItems) };
    },
  },
);

function tokenProblems({ policies = [], expiresOn }: Values): Failure[] {
  const failures: Failure[] = [];
  if (!holdsUnknown(expiresOn) && expiresOn !== undefined && Number.isNaN(Date.parse(expiresOn as string))) {
    failures.push({ property: "expiresOn", reason: "must be a time such as 2027-12-31T00:00:00Z" });
  }
  if (holdsUnknown(policies)) return failures;
  (policies as Values[]).forEach(({ permissionGroups, resources }, index) => {
    if (!permissionGroups?.length) {
      failures.push({
        property: `policies[${index}].permissionGroups`,
        reason: "must name at least one group",
      });
    }
    if (!isJsonObject(resources)) {
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
