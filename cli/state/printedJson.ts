import { UserError } from "../kit/userError.js";

/**
 * Parses what a command of the Pulumi CLI printed.
 *
 * @throws UserError if it is no JSON; the parser's own message would quote it, secrets among it.
 */
export function printedJson<T>(text: string, command: string): T {
  try {
    return JSON.parse(text) as T;
  } catch {
    throw new UserError(`${command} printed no JSON`);
  }
}
