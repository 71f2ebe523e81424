import { closeSync, existsSync, fstatSync, openSync, readdirSync, readSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";

/** A place in the log. */
interface Mark {
  /** Number of the file, which it keeps when it is renamed. */
  inode: number;
  offset: number;
}

/**
 * An audit log on disk, read from a place on. The API server renames a full file and begins a new one; what is in the
 * renamed one after the mark is read first.
 */
export class AuditLog {
  constructor(readonly file: string) {}

  /** The present end, which may be in the middle of a line that is being written. */
  mark(): Mark {
    const { ino, size } = statSync(this.file);
    return { inode: ino, offset: size };
  }

  /** The lines that were begun since. */
  since(mark: Mark): string {
    return this.filesSince(mark)
      .map((file) => linesFrom(file, statSync(file).ino === mark.inode ? mark.offset : 0))
      .join("");
  }

  /** The file of the mark and all later ones, in the order in which they were written. */
  private filesSince(mark: Mark): string[] {
    if (statSync(this.file).ino === mark.inode) return [this.file];
    const folder = dirname(this.file);
    const stem = basename(this.file).replace(/\.[^.]*$/, "");
    // The time is part of the name: audit-2026-11-23T17-44-43.963.log.
    const rotated = readdirSync(folder)
      .filter((name) => name.startsWith(`${stem}-`))
      .sort()
      .map((name) => join(folder, name));
    const first = rotated.findIndex((file) => existsSync(file) && statSync(file).ino === mark.inode);
    if (first < 0) throw new Error(`${this.file} was rotated, and what was written before that is gone`);
    return [...rotated.slice(first), this.file];
  }
}

/** What follows the first end of a line at that place or after it; all of the file from its beginning on. */
function linesFrom(file: string, offset: number): string {
  if (offset === 0) return readFrom(file, 0);
  const text = readFrom(file, offset - 1);
  return text.includes("\n") ? text.slice(text.indexOf("\n") + 1) : "";
}

function readFrom(file: string, offset: number): string {
  const descriptor = openSync(file, "r");
  try {
    const buffer = Buffer.alloc(Math.max(0, fstatSync(descriptor).size - offset));
    let filled = 0;
    while (filled < buffer.length) {
      const read = readSync(descriptor, buffer, filled, buffer.length - filled, offset + filled);
      if (read === 0) break;
      filled += read;
    }
    return buffer.toString("utf8", 0, filled);
  } finally {
    closeSync(descriptor);
  }
}
