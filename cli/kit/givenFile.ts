import { statSync } from "node:fs";
import { UserError } from "./userError.js";

/**
 * Refuses what an option names if it is there and no file. A named pipe would be waited for, and no Ctrl-C ends that; one of
 * a shell's own, `<(…)`, has its writer already.
 */
export function demandFile(option: string, file: string): void {
  const found = statSync(file, { throwIfNoEntry: false });
  if (!found || found.isFile() || /^\/(dev|proc\/self)\/fd\//.test(file)) return;
  throw new UserError(
    `${option} ${file}: this is ${found.isDirectory() ? "a folder" : "a pipe or a device"}, not a file`,
  );
}
