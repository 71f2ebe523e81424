import { UserError } from "../kit/userError.js";
import type { OwnedObject } from "./apply/index.js";
import type { Phases } from "./phases.js";
import { changed, demandSame, type Counts } from "./program.js";

/** What a life cycle asks of a stack. */
export interface Cycled {
  up(): Promise<Counts>;
  refresh(): Promise<Counts>;
  destroy(): Promise<Counts>;
}

/**
 * Applies the stack, and finds that applying it again and a refresh change nothing.
 *
 * @throws UserError when one of them does.
 */
export async function bringUp(phases: Phases, stack: Cycled): Promise<void> {
  await phases.run("pulumi up", () => stack.up(), firstUp);
  const again = await phases.run("pulumi up, again", () => stack.up(), changed);
  demandSame(again, "a second up would change something");
  const refreshed = await phases.run("pulumi refresh", () => stack.refresh(), changed);
  demandSame(refreshed, "the cluster is not what the state says");
}

/** On a new cluster as well, something is there before: a node needs its files to start an API server. */
function firstUp(counts: Counts): string {
  const before = counts.update + counts.same;
  const why = before > 0 ? `; ${before} of them came with the node's files, before the API server` : "";
  return `${changed(counts)}${why}`;
}

/**
 * Destroys the stack, and finds that nothing of it is left.
 *
 * @param owned Objects in the cluster that resources of the program own.
 * @param inClouds What exists in the clouds' servers, one line each.
 * @throws UserError with what is left.
 */
export async function takeDown(
  phases: Phases,
  stack: Cycled,
  owned: () => Promise<OwnedObject[]>,
  inClouds: () => string[],
): Promise<void> {
  await phases.run("pulumi destroy", () => stack.destroy(), changed);
  const objects = (await owned()).map(({ kind, namespace, name }) =>
    [kind, namespace, name].filter(Boolean).join(" "),
  );
  const left = [...objects, ...inClouds()];
  if (left.length > 0) throw new UserError(`destroy left behind: ${left.join(", ")}`);
}
