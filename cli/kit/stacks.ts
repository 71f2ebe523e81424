import { readdirSync } from "node:fs";
import { join } from "node:path";
import { UserError } from "./userError.js";

/** Names of the stacks in a project's folder: each has a file Pulumi.<stack>.yaml. */
export function stacksIn(root: string): string[] {
  return readdirSync(root)
    .flatMap((name) => /^Pulumi\.(.+)\.yaml$/.exec(name)?.[1] ?? [])
    .sort();
}

/**
 * Returns the path of a stack's file.
 *
 * @throws UserError when there is no such stack.
 */
export function stackFile(root: string, stack: string): string {
  const stacks = stacksIn(root);
  if (stacks.includes(stack)) return join(root, `Pulumi.${stack}.yaml`);
  throw new UserError(
    `there is no stack "${stack}" (Pulumi.${stack}.yaml); there are ${stacks.join(", ") || "none"}`,
  );
}
