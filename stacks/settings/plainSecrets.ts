import { isSecretAt } from "./problems.js";
import { settingsSchema } from "./schema.js";

/** Paths of the secret settings that were given as text, whatever else is wrong with the settings. */
export function plainSecrets(raw: unknown): (string | number)[][] {
  const found: (string | number)[][] = [];
  const walk = (value: unknown, path: (string | number)[]): void => {
    if (path.length > 0 && isSecretAt(settingsSchema, path)) {
      if (["string", "number"].includes(typeof value)) found.push(path);
    } else if (Array.isArray(value)) {
      value.forEach((entry, index) => walk(entry, [...path, index]));
    } else if (typeof value === "object" && value !== null) {
      for (const [key, entry] of Object.entries(value)) walk(entry, [...path, key]);
    }
  };
  walk(raw, []);
  return found;
}
