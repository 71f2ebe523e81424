import { holdsToken } from "./misplacedSecrets.js";
import { leavesOf } from "./leaves.js";

/** Paths of the secret settings that were given as text, whatever else is wrong with the settings. */
export function plainSecrets(raw: unknown): (string | number)[][] {
  return leavesOf(raw)
    .filter(({ value, isSecret }) => isSecret && ["string", "number"].includes(typeof value))
    .map(({ path }) => path);
}

/** Paths of other settings in whose text a token or a private key stands. */
export function plainTokens(raw: unknown): (string | number)[][] {
  return leavesOf(raw)
    .filter(({ value, isSecret }) => !isSecret && typeof value === "string" && holdsToken(value))
    .map(({ path }) => path);
}
