import { z } from "zod";
import { settingsSchema } from "../../../stacks/settings/schema.js";

interface Schema {
  properties?: Record<string, Schema>;
  items?: Schema;
  anyOf?: Schema[];
}

/** The path of every secret setting; in a list, that of its first entry. */
export function secretPaths(): (string | number)[][] {
  const below = (schema: Schema, path: (string | number)[]): (string | number)[][] =>
    schema.anyOf?.some(({ properties }) => properties && "secure" in properties)
      ? [path]
      : [
          ...Object.entries(schema.properties ?? {}).flatMap(([key, inner]) => below(inner, [...path, key])),
          ...(schema.items ? below(schema.items, [...path, 0]) : []),
        ];
  return below(z.toJSONSchema(settingsSchema, { io: "input" }) as Schema, []);
}

/** Settings with a value at a path; groups and lists on the way to it are made. */
export function withValue(settings: object, path: readonly (string | number)[], value: unknown): object {
  const changed = structuredClone(settings);
  path.reduce<any>((node, part, index) => {
    const last = index === path.length - 1;
    return (node[part] = last ? value : (node[part] ?? (typeof path[index + 1] === "number" ? [] : {})));
  }, changed);
  return changed;
}
