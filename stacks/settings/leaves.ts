import { isSecretAt } from "./problems.js";
import { settingsSchema } from "./schema.js";

/** A value of raw settings that is neither a group nor a list, and where it stands. A secret is one, whatever its shape. */
export interface Leaf {
  path: (string | number)[];
  value: unknown;
  isSecret: boolean;
}

/** The leaves of raw settings, in their order. */
export function leavesOf(value: unknown, path: (string | number)[] = []): Leaf[] {
  if (path.length > 0 && isSecretAt(settingsSchema, path)) return [{ path, value, isSecret: true }];
  if (Array.isArray(value)) return value.flatMap((entry, index) => leavesOf(entry, [...path, index]));
  if (typeof value === "object" && value !== null)
    return Object.entries(value).flatMap(([key, entry]) => leavesOf(entry, [...path, key]));
  return [{ path, value, isSecret: false }];
}
