import { existsSync, mkdirSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { homedir } from "node:os";
import { basename, join } from "node:path";
import type { Package } from "./packages.js";

/** Where a plugin lies in a folder of plugins. */
function pathIn(folder: string, { name, version }: Package): string {
  return join(folder, `resource-${name}-v${version}`);
}

/** The folder that the user's own Pulumi CLI keeps plugins in. */
export function userPlugins(env: NodeJS.ProcessEnv = process.env): string {
  return join(env["PULUMI_HOME"] || join(homedir(), ".pulumi"), "plugins");
}

/** The plugin in the first folder that has it whole; a file next to it marks a download that was broken off. */
export function findPlugin(wanted: Package, folders: readonly string[]): string | undefined {
  return folders
    .map((folder) => pathIn(folder, wanted))
    .find(
      (path) => existsSync(join(path, `pulumi-resource-${wanted.name}`)) && !existsSync(`${path}.partial`),
    );
}

/** Gives an engine, whose PULUMI_HOME is a folder of its own, a plugin that lies elsewhere. */
export function linkPlugin(plugin: string, home: string): void {
  const target = join(home, "plugins", basename(plugin));
  rmSync(target, { recursive: true, force: true });
  // The engine passes over a folder that is a link; files may be links.
  mkdirSync(target, { recursive: true, mode: 0o700 });
  for (const entry of readdirSync(plugin)) symlinkSync(join(plugin, entry), join(target, entry));
}
