import { progressOn } from "../progress.js";
import { UserError } from "../userError.js";
import type { Tool } from "./pinnedTool.js";
import { pinReleases } from "./pin.js";
import { toolPaths } from "./tool.js";
import { tools, type ToolName } from "./tools.js";

export interface ToolsCommandOptions {
  /** Only writes the SHA-256 of the releases. */
  pin?: boolean;
  /** Downloads nothing. Default: as TOOLS_FROM_SOURCE says. */
  fromSource?: boolean;
}

/**
 * Gets every pinned tool and prints their paths, so that nothing after it has to wait for a compiler.
 *
 * @returns the exit status.
 */
export async function toolsCommand({ pin, fromSource }: ToolsCommandOptions): Promise<number> {
  const progress = await progressOn(process.stderr);
  try {
    if (pin) {
      progress.step("asking the publishers of the tools for the SHA-256 of their releases");
      const added = await pinReleases(Object.values<Tool>(tools));
      progress.done();
      process.stdout.write(`cli/kit/toolchain/releases.json is written; new in it: ${added}\n`);
      return 0;
    }
    const names = Object.keys(tools) as ToolName[];
    progress.step(`looking for ${names.length} tools`);
    const paths = await toolPaths(names, { progress, downloads: fromSource ? false : undefined });
    progress.done();
    for (const [name, path] of paths) process.stdout.write(`${tools[name].title.padEnd(34)} ${path}\n`);
    return 0;
  } catch (error) {
    progress.fail();
    if (!(error instanceof UserError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return 1;
  }
}
