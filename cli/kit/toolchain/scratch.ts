import { mkdirSync } from "node:fs";
import { basename, join } from "node:path";
import { temporaryFolder } from "../temporaryFolder.js";
import { withLock } from "./lock.js";
import type { Place } from "./place.js";

/** The places by a key, in their order. */
export function groups(places: Place[], key: (place: Place) => string): Place[][] {
  const found = new Map<string, Place[]>();
  for (const place of places) found.set(key(place), [...(found.get(key(place)) ?? []), place]);
  return [...found.values()];
}

/**
 * Runs `work` for those places of one module that no other process has filled, while none fills them.
 *
 * @param work Gets a folder on the same file system, which is removed afterwards.
 */
export async function fill(
  places: Place[],
  onWait: () => void,
  work: (open: Place[], scratch: string) => Promise<void>,
): Promise<void> {
  const { folder, module } = places[0]!;
  mkdirSync(folder, { recursive: true });
  const prefix = join(folder, `.${basename(module)}`);
  await withLock(`${prefix}.lock.d`, onWait, async () => {
    const open = places.filter((place) => !place.isCurrent());
    if (open.length === 0) return;
    const scratch = temporaryFolder(folder);
    try {
      await work(open, scratch.path);
    } finally {
      scratch.remove();
    }
  });
}
