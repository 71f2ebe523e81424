import type { ExistingValue } from "./existing.js";
import { isPlaceholder } from "./fields/placeholder.js";
import { leavesOf } from "./leaves.js";
import { keyOf } from "./problems.js";
import { projectName } from "./projectName.js";

/**
 * Command that asks for a setting and writes it into the stack's file, sealed unless it is `plain`. What is in PEM form
 * has several lines, and is read from a file.
 */
export function giveCommand(key: string, stack: string, { plain = false } = {}): string {
  const command = `pulumi config set --stack ${stack}${plain ? "" : " --secret"} --path '${projectName}:${key}'`;
  return /\.(certificate|privateKey)$/.test(key) ? `${command} < FILE` : command;
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
  return leavesOf(raw).flatMap(({ path, value, isSecret }) => {
    const isPassedOver = path.some((part, index) => {
      const key = keyOf(path.slice(0, index + 1));
      return otherWords.includes(String(part)) || passedOver.includes(key);
    });
    if (isSecret || isPassedOver || typeof value !== "string" || !isPlaceholder(value)) return [];
    const key = keyOf(path);
    const isOcid = ocids.includes(key);
    const read =
      "\n      read it: in Oracle's console, under Governance (tenancy) and Identity (compartments)";
    return [
      `${key}: ${value} only says that ${isOcid ? "an OCID" : "another value"} belongs here.${isOcid ? read : ""}\n      give it: ${giveCommand(key, stack, { plain: true })}`,
    ];
  });
}
