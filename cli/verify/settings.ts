import {
  parseSettings,
  SettingsError,
  settingsOf,
  type ParsedSettings,
  type ParseOptions,
  type Settings,
} from "../../stacks/settings/index.js";
import { stackConfig } from "../kit/stacks.js";
import { projectFolder } from "../kit/toolchain/tool.js";
import { UserError } from "../kit/userError.js";

/**
 * The settings in a stack's file. Secret values stay closed: nothing here needs one.
 *
 * @throws UserError without such a file, and for a mistake in it.
 */
export function readSettings(stack: string, folder = projectFolder): Settings {
  return parsedSettings(stack, stackConfig(folder, stack)).settings;
}

/**
 * Parses a stack's configuration.
 *
 * @throws UserError that names the file and what is wrong in it.
 */
export function parsedSettings(
  stack: string,
  config: Record<string, unknown>,
  options?: ParseOptions,
): ParsedSettings {
  try {
    return parseSettings(settingsOf(config), stack, options);
  } catch (error) {
    if (error instanceof SettingsError) throw new UserError(`Pulumi.${stack}.yaml:\n${error.message}`);
    throw error;
  }
}
