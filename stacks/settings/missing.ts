import type { ExistingValue } from "./existing.js";
import { isPlaceholder } from "./fields/placeholder.js";
import { isSecretAt, keyOf } from "./problems.js";
import { projectName } from "./projectName.js";
import { settingsSchema } from "./schema.js";

/** Command that asks for a setting and writes it into the stack's file, sealed unless it is `plain`. */
export function giveCommand(key: string, stack: string, { plain = false } = {}): string {
  return `pulumi config set --stack ${stack}${plain ? "" : " --secret"} --path '${projectName}:${key}'`;
}

/** What to do about a value that has to be given and is not. */
export function missingValue({ path, what, read, givenOut }: ExistingValue, stack: string): string {
  const why = givenOut ? `${what} cannot be generated` : `the cluster exists, so ${what} is not generated`;
  return `${path}: ${why}.\n      read it: ${read}\n      give it: ${giveCommand(path, stack)}`;
}

/** Settings, or parts of them, that may look like a placeholder and mean what they say. */
const otherWords = ["reason", "excludes"];

/** Settings that Oracle gives out. */
const ocids = ["backups.oci.tenancyId", "backups.oci.compartmentId"];

/**
 * Texts that only say that another one belongs there, each with the command that gives it. Secrets are passed over, as
 * are reasons and patterns of file names.
 *
 * @param passedOver Keys that something else is said of; what is below them is passed over as well, and may be a secret
 *   in the wrong place.
 */
export function placeholdersIn(raw: unknown, stack: string, passedOver: readonly string[]): string[] {
  const found: string[] = [];
  const walk = (value: unknown, path: (string | number)[]): void => {
    const key = keyOf(path);
    if (passedOver.includes(key) || isSecretAt(settingsSchema, path)) return;
    if (otherWords.includes(String(path.at(-1)))) return;
    if (Array.isArray(value)) value.forEach((entry, index) => walk(entry, [...path, index]));
    else if (typeof value === "object" && value !== null)
      for (const [name, entry] of Object.entries(value)) walk(entry, [...path, name]);
    else if (typeof value === "string" && isPlaceholder(value)) {
      const isOcid = ocids.includes(key);
      const read =
        "\n      read it: in Oracle's console, under Governance (tenancy) and Identity (compartments)";
      found.push(
        `${key}: ${value} only says that ${isOcid ? "an OCID" : "another value"} belongs here.${isOcid ? read : ""}\n      give it: ${giveCommand(key, stack, { plain: true })}`,
      );
    }
  };
  walk(raw, []);
  return found;
}
