import { readSettings } from "../kit/settings.js";
import { UserError } from "../kit/userError.js";

/**
 * The settings of a stack, as a lab is made with them.
 *
 * @throws UserError for a mistake in them, and where values are missing that cannot be generated.
 */
export async function labSettings(stack: string): ReturnType<typeof readSettings> {
  const loaded = await readSettings(stack);
  if (loaded.missing.length === 0) return loaded;
  const lines = loaded.missing.map((line) => `  ${line}`);
  throw new UserError([`Pulumi.${stack}.yaml: values are missing`, ...lines].join("\n"));
}
