import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";
import { parseSettings, settingsOf, type Settings } from "../../stacks/settings/index.js";
import { VerifyError } from "./verifyError.js";

const project = fileURLToPath(new URL("../..", import.meta.url));

/**
 * The settings in a stack's file. Secret values stay closed: nothing here needs one.
 *
 * @throws VerifyError without such a file, SettingsError for a mistake in it.
 */
export function readSettings(stack: string, folder = project): Settings {
  const file = join(folder, `Pulumi.${stack}.yaml`);
  if (!existsSync(file)) {
    const stacks = readdirSync(folder).flatMap((name) => /^Pulumi\.(.+)\.yaml$/.exec(name)?.[1] ?? []);
    throw new VerifyError(`there is no stack "${stack}"; there are ${stacks.join(", ") || "none"}`);
  }
  const { config = {} } = (parse(readFileSync(file, "utf8")) ?? {}) as { config?: Record<string, unknown> };
  return parseSettings(settingsOf(config), stack).settings;
}
