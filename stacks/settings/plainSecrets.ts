import * as pulumi from "@pulumi/pulumi";
import type { Settings } from "./schema.js";
import { givenText } from "./secretText.js";

/** Paths of the secret settings that were given as text. */
export function plainSecrets(settings: Settings): (string | number)[][] {
  const found: (string | number)[][] = [];
  const walk = (value: unknown, path: (string | number)[]): void => {
    if (pulumi.Output.isInstance(value)) {
      if (givenText(value as pulumi.Output<string>) !== undefined) found.push(path);
    } else if (Array.isArray(value)) {
      value.forEach((entry, index) => walk(entry, [...path, index]));
    } else if (typeof value === "object" && value !== null) {
      for (const [key, entry] of Object.entries(value)) walk(entry, [...path, key]);
    }
  };
  walk(settings, []);
  return found;
}
