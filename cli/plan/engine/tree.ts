import { existsSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { settingsModuleOf } from "../../kit/settings.js";

/** What stacks/clusterSecurity.ts of any tree offers. */
interface ProgramModule {
  clusterSecurity(settings: unknown): object;
}

const programModule = "stacks/clusterSecurity.ts";

/** Whether a tree has the program and this stack's settings. */
export function hasProgram(tree: string, stack: string): boolean {
  const files = [`Pulumi.${stack}.yaml`, programModule].every((file) => existsSync(join(tree, file)));
  return files && settingsModuleOf(tree) !== undefined;
}

/** Loads the program of a tree; the imports it brings are the largest part of a plan's time. */
export async function loadProgram(tree: string): Promise<(settings: unknown) => object> {
  const module = (await import(pathToFileURL(join(tree, programModule)).href)) as ProgramModule;
  return module.clusterSecurity;
}
