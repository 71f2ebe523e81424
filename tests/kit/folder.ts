import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Path of a folder, or of something in it. */
export type Folder = (...path: string[]) => string;

/** Makes an empty folder before each test of the suite that this is called in, and removes it after the test. */
export const folderOfTest = (): Folder => made(beforeEach, afterEach);

/** Makes an empty folder before the suite that this is called in, and removes it after the suite. */
export const folderOfSuite = (): Folder => made(before, after);

function made(first: Mocha.HookFunction, last: Mocha.HookFunction): Folder {
  let folder: string;
  first(() => void (folder = mkdtempSync(join(tmpdir(), "test-"))));
  last(() => rmSync(folder, { recursive: true, force: true }));
  return (...path) => join(folder, ...path);
}
