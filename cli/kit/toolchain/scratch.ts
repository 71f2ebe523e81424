import { mkdirSync } from "node:fs";
import { basename, join } from "node:path";
import { temporaryFolder } from "../temporaryFolder.js";
import { withLock } from "./lock.js";
import type { ToolLocation } from "./toolLocation.js";

/** The locations by a key, in their order. */
export function groups(locations: ToolLocation[], key: (location: ToolLocation) => string): ToolLocation[][] {
  const found = new Map<string, ToolLocation[]>();
  for (const location of locations) found.set(key(location), [...(found.get(key(location)) ?? []), location]);
  return [...found.values()];
}

/**
 * Runs `work` for those locations of one module that no other process has filled, while none fills them.
 *
 * @param work Gets a folder on the same file system, which is removed afterwards.
 */
export async function fill(
  locations: ToolLocation[],
  onWait: () => void,
  work: (open: ToolLocation[], scratch: string) => Promise<void>,
): Promise<void> {
  const { folder, module } = locations[0]!;
  mkdirSync(folder, { recursive: true });
  const prefix = join(folder, `.${basename(module)}`);
  await withLock(`${prefix}.lock.d`, onWait, async () => {
    const open = locations.filter((location) => !location.isCurrent());
    if (open.length === 0) return;
    const scratch = temporaryFolder(folder);
    try {
      await work(open, scratch.path);
    } finally {
      scratch.remove();
    }
  });
}
