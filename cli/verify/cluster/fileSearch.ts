import { closeSync, openSync, readdirSync, readSync } from "node:fs";
import { join } from "node:path";

const chunkSize = 4 * 1024 * 1024;

/** Files below a folder that hold one of the byte sequences, which may be anywhere in them. */
export function filesHolding(folder: string, needles: Buffer[]): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => holds(file, needles))
    .sort();
}

/** Reads piece by piece, since a database may be larger than memory; pieces overlap by the longest needle. */
function holds(file: string, needles: Buffer[]): boolean {
  const overlap = Math.max(...needles.map((needle) => needle.length)) - 1;
  const descriptor = openIfThere(file);
  if (descriptor === undefined) return false;
  const buffer = Buffer.alloc(overlap + chunkSize);
  try {
    let kept = 0;
    for (;;) {
      const read = readSync(descriptor, buffer, kept, chunkSize, null);
      if (read === 0) return false;
      const filled = buffer.subarray(0, kept + read);
      if (needles.some((needle) => filled.includes(needle))) return true;
      kept = Math.min(overlap, filled.length);
      filled.copyWithin(0, filled.length - kept);
    }
  } finally {
    closeSync(descriptor);
  }
}

/** A database that is in use removes files of its own. */
function openIfThere(file: string): number | undefined {
  try {
    return openSync(file, "r");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
