import type { Violation } from "./violations.js";
import type { ObjectKey } from "./objects.js";

/** Something that makes objects: a resource of the program, or a release. */
export interface Maker {
  urn: string;
  /** How messages call it: `the chart alloy`, `isolation-audit-logs-alloy`. */
  name: string;
  objects: readonly ObjectKey[];
}

/**
 * Returns a violation for every object that two makers make. Helm refuses to install what exists already, and of two
 * resources the second takes the object away from the first.
 */
export function collisions(makers: readonly Maker[]): Violation[] {
  const first = new Map<ObjectKey, Maker>();
  return makers.flatMap((maker) =>
    maker.objects.flatMap((object) => {
      const other = first.get(object);
      if (other === undefined) {
        first.set(object, maker);
        return [];
      }
      return [
        {
          policy: "one-maker-per-object",
          urn: maker.urn,
          message:
            `${object} is made by ${other.name} and by ${maker.name}; only one may make it. ` +
            "Turn it off in the chart's values, or take it out of the program.",
        },
      ];
    }),
  );
}
