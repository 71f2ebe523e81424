import type { GuardedValue } from "../../stacks/settings/guarded.js";
import type { Settings } from "../../stacks/settings/index.js";
import { projectFolder } from "../kit/toolchain/tool.js";
import { UserError } from "../kit/userError.js";
import { loadSettings } from "../plan/engine/tree.js";

/** The settings of a lab. */
interface LabSettings {
  project: string;
  settings: Settings;
  guarded: GuardedValue[];
}

/**
 * The settings of a stack, as a lab is made with them.
 *
 * @param folder Folder of the stacks' files. Default: the project's.
 * @throws UserError for a mistake in them, and where values are missing that cannot be generated.
 */
export async function labSettings(stack: string, folder = projectFolder): Promise<LabSettings> {
  const { project, settings, missing, guarded = [] } = await loadSettings(folder, stack);
  if (missing.length > 0) {
    throw new UserError(
      `Pulumi.${stack}.yaml: values are missing\n${missing.map((line) => `  ${line}`).join("\n")}`,
    );
  }
  return { project, settings: settings as Settings, guarded };
}
