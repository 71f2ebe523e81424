import type { LabOptions } from "../../../../cli/lab/options.js";
import { hooked, type Hooks } from "../../../kit/hookedStandIn.js";

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
  const watch = async <T>(operation: Moment["operation"], work: () => Promise<T>): Promise<T> => {
    come(operation, "asked");
    const result = await work();
    come(operation, "done");
    return result;
  };
  const around: Hooks = {
    create: (_, create) => watch("create", create),
    delete: (remove) => watch("delete", remove),
  };
  return { wrap: (standIn) => hooked(standIn, around), around };
}
