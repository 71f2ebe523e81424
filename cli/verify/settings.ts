import { readFileSync } from "node:fs";
import { parse } from "yaml";
import {
  parseSettings,
  SettingsError,
  settingsOf,
  type ParsedSettings,
  type Settings,
} from "../../stacks/settings/index.js";
import { stackFile } from "../kit/stacks.js";
import { projectFolder } from "../kit/toolchain/tool.js";
import { UserError } from "../kit/userError.js";

/**
 * The settings in a stack's file. Secret values stay closed: nothing here needs one.
 *
 * @throws UserError without such a file, and for a mistake in it.
 */
export function readSettings(stack: string, folder = projectFolder): Settings {
  const text = readFileSync(stackFile(folder, stack), "utf8");
  let file: { config?: Record<string, unknown> | null } | null;
  try {
    file = parse(text) as typeof file;
  } catch (error) {
    // The first line says what and where; the others quote the file.
    throw new UserError(`Pulumi.${stack}.yaml:\n  ${(error as Error).message.split("\n")[0]}`);
  }
  return parsedSettings(stack, file?.config ?? {}).settings;
}

/**
 * Parses a stack's configuration.
 *
 * @throws UserError that names the file and what is wrong in it.
 */
export function parsedSettings(stack: string, config: Record<string, unknown>): ParsedSettings {
  try {
    return parseSettings(settingsOf(config), stack);
  } catch (error) {
    if (error instanceof SettingsError) throw new UserError(`Pulumi.${stack}.yaml:\n${error.message}`);
    throw error;
  }
}
