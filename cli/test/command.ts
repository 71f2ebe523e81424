import { installPackages, missingRequirements } from "./requirements.js";
import { parts, runParts } from "./suites.js";

export interface TestCommandOptions {
  /** Installs missing Debian packages first. */
  install?: boolean;
}

/**
 * The command `test`: checks what the tests need, and runs parts of them.
 *
 * @param names Parts by name. Default: all.
 * @returns the exit status: 0 all is well, 1 a part failed, 2 something is missing and nothing ran.
 */
export async function testCommand(names: readonly string[], options: TestCommandOptions): Promise<number> {
  const chosen = names.length === 0 ? parts : parts.filter(({ name }) => names.includes(name));
  if (options.install) await installPackages();
  const missing = chosen.every(({ needsNothing }) => needsNothing) ? undefined : missingRequirements();
  if (missing) {
    process.stderr.write(missing);
    return 2;
  }
  return (await runParts(chosen)) ? 0 : 1;
}
