import type { ResourceKind, StandIn } from "../../../../cli/plan/providers/standIn.js";

/** Something that a provider is asked to do, or has done. */
export interface Moment {
  operation: "create" | "delete";
  /** `asked`: nothing of it is done yet. `done`: it is, and the engine does not know it yet. */
  at: "asked" | "done";
  /** How many there have been of this operation at this moment, this one included. */
  count: number;
}

/** Tells of every creation and deletion in all stand-ins that are wrapped with what it returns. */
export function watched(tell: (moment: Moment) => void): (standIn: StandIn) => StandIn {
  const counts = new Map<string, number>();
  const come = (operation: Moment["operation"], at: Moment["at"]): void => {
    const key = `${operation} ${at}`;
    const count = (counts.get(key) ?? 0) + 1;
    counts.set(key, count);
    tell({ operation, at, count });
  };
  const kindOf = (kind: ResourceKind): ResourceKind => ({
    ...kind,
    async create(inputs, context) {
      come("create", "asked");
      const created = await kind.create(inputs, context);
      come("create", "done");
      return created;
    },
    async delete(existing, context) {
      come("delete", "asked");
      await kind.delete?.(existing, context);
      come("delete", "done");
    },
  });
  return (standIn) => ({
    ...standIn,
    kind: (type) => {
      const kind = standIn.kind(type);
      return kind && kindOf(kind);
    },
  });
}
