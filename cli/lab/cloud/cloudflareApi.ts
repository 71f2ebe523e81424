import { createHash, randomBytes } from "node:crypto";
import type { Answer } from "./service.js";

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

/** The envelope of everything that went well. */
export function success(result: unknown): Answer {
  return { status: 200, body: { success: true, errors: [], messages: [], result } };
}

/** An identifier as Cloudflare makes them, the same for the same name. */
export function idOf(name: string): string {
  return createHash("sha256").update(name).digest("hex").slice(0, 32);
}

/** A token's value as Cloudflare makes them: 40 letters, digits, hyphens and underscores. */
export function newTokenValue(): string {
  return randomBytes(30).toString("base64url");
}
