import { createHash } from "node:crypto";
import type { CheckContext, Values } from "../../plan/providers/standIn.js";

/** Field managers of objects begin like this, the official provider's as well. */
export const managerPrefix = "pulumi-kubernetes-";
export const managerOutput = "__fieldManager";

/**
 * Annotation that tells which resource made an object. The field manager says it as well, but not of an object of which
 * nothing is set but its name, nor of one whose every field somebody else has set since.
 */
export const madeBy = "cluster-security.lab/made-by";

/** Field manager of one resource: the same in every run, so that a run knows what an earlier one has made. */
export function managerOf(owner: string, urn: string): string {
  return managerPrefix + createHash("sha256").update(`${owner}\n${urn}`).digest("hex").slice(0, 16);
}

/** True for types such as core/v1:NamespacePatch, which change an object that belongs to somebody else. */
export function isPatch({ type }: CheckContext): boolean {
  return type.endsWith("Patch");
}

/** What is sent of the inputs. */
export function bodyOf(object: Values, manager: string, context: CheckContext): Values {
  if (isPatch(context)) return object;
  const annotations = { ...(object["metadata"].annotations as Values | undefined), [madeBy]: manager };
  return { ...object, metadata: { ...object["metadata"], annotations } };
}

export function isMadeBy({ metadata }: Values, manager: string): boolean {
  return metadata.annotations?.[madeBy] === manager;
}

export function hasFieldsOf({ metadata }: Values, manager: string): boolean {
  return ((metadata.managedFields ?? []) as Values[]).some((entry) => entry["manager"] === manager);
}
