import { randomBytes } from "node:crypto";
import type { Values } from "../../plan/providers/standIn.js";

/** Field manager of what is made, until the first update; those of updates begin like it. */
export const creator = "pulumi-kubernetes";
export const managerOutput = "__fieldManager";

/** Field managers that an update takes over: the one that made the object, and kubectl (await.go, fixCSAFieldManagers). */
const predecessors: readonly [prefix: string, operation: string][] = [
  ["kubectl", "Apply"],
  ["kubectl", "Update"],
  ["before-first-apply", "Update"],
  [creator, "Update"],
];

/** Field manager of a resource; the state keeps it. */
export function newManager(): string {
  return `${creator}-${randomBytes(4).toString("hex")}`;
}

export function hasFieldsOf(live: Values, manager: string): boolean {
  return managedFields(live).some((entry) => entry["manager"] === manager);
}

/**
 * JSON patch that gives a manager the fields of its predecessors, as the official provider does before every update. None
 * where it has them.
 */
export function succession(live: Values, manager: string): Values[] {
  const isOld = (entry: Values) =>
    entry["subresource"] === undefined &&
    predecessors.some(
      ([prefix, operation]) =>
        entry["operation"] === operation && String(entry["manager"]).startsWith(prefix),
    );
  const isOwn = (entry: Values) => entry["manager"] === manager && entry["operation"] === "Apply";
  const entries = managedFields(live);
  const old = entries.filter((entry) => !isOwn(entry) && isOld(entry));
  if (old.length === 0) return [];
  const [first, ...others] = [...entries.filter(isOwn), ...old];
  const fieldsV1 = others.reduce(
    (merged, { fieldsV1 }) => union(merged, fieldsV1 as Values),
    first!["fieldsV1"] as Values,
  );
  const kept = entries.filter((entry) => !isOwn(entry) && !old.includes(entry));
  const value = [...kept, { ...first, manager, operation: "Apply", fieldsV1 }];
  const { resourceVersion } = live["metadata"] as Values;
  return [
    { op: "replace", path: "/metadata/managedFields", value },
    { op: "replace", path: "/metadata/resourceVersion", value: resourceVersion },
  ];
}

function managedFields({ metadata }: Values): Values[] {
  return (metadata.managedFields ?? []) as Values[];
}

/** Sets of fields are trees whose leaves are empty. */
function union(one: Values, other: Values): Values {
  const both = Object.keys(one).filter((key) => key in other);
  const merged = both.map((key) => [key, union(one[key] as Values, other[key] as Values)] as const);
  return { ...one, ...other, ...Object.fromEntries(merged) };
}
