import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
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

/**
 * Reads the configuration in a stack's file. Nothing is decrypted.
 *
 * @throws UserError when there is no such stack, or its file is no YAML or has no configuration.
 */
export function stackConfig(root: string, stack: string): Record<string, unknown> {
  const text = readFileSync(stackFile(root, stack), "utf8");
  const problem = (what: string) => new UserError(`Pulumi.${stack}.yaml:\n  ${what}`);
  let content: { config?: unknown } | null;
  try {
    content = parse(text) as typeof content;
  } catch (error) {
    // The first line says what and where; the others quote the file.
    throw problem((error as Error).message.split("\n")[0]!);
  }
  const config = content?.config;
  if (typeof config !== "object" || config === null)
    throw problem("config: is missing. It holds the settings.");
  return config as Record<string, unknown>;
}
