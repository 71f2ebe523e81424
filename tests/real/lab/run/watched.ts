import type { LabOptions } from "../../../../cli/lab/options.js";
import type { ResourceKind } from "../../../../cli/plan/providers/standIn.js";

/** Something that a provider is asked to do, or has done. */
export interface Moment {
  operation: "create" | "delete";
  /** `asked`: nothing of it is done yet. `done`: it is, and the engine does not know it yet. */
  at: "asked" | "done";
  /** How many there have been of this operation at this moment, this one included. */
  count: number;
}

/** Tells of every creation and deletion in the stand-ins that are wrapped, and in the Kubernetes plugin. */
export function watched(tell: (moment: Moment) => void): Required<Pick<LabOptions, "wrap" | "around">> {
  const counts = new Map<string, number>();
  const come = (operation: Moment["operation"], at: Moment["at"]): void => {
    const key = `${operation} ${at}`;
    const count = (counts.get(key) ?? 0) + 1;
    counts.set(key, count);
    tell({ operation, at, count });
  };
  const watch = async <T>(operation: Moment["operation"], work: () => T | Promise<T>): Promise<T> => {
    come(operation, "asked");
    const result = await work();
    come(operation, "done");
    return result;
  };
  const kindOf = (kind: ResourceKind): ResourceKind => ({
    ...kind,
    create: (inputs, context) => watch("create", () => kind.create(inputs, context)),
    delete: (existing, context) => watch("delete", async () => kind.delete?.(existing, context)),
  });
  return {
    wrap: (standIn) => ({
      ...standIn,
      kind: (type) => {
        const kind = standIn.kind(type);
        return kind && kindOf(kind);
      },
    }),
    around: {
      create: (_, create) => watch("create", create),
      delete: (remove) => watch("delete", remove),
    },
  };
}
