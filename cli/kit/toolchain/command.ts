import { dirname } from "node:path";
import { fetchCharts } from "../charts.js";
import { withProgress } from "../progress.js";
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

/** Every pinned tool but those that only the command which uses them gets. */
export function usualTools(): ToolName[] {
  return (Object.keys(tools) as ToolName[]).filter((name) => !(tools[name] as Tool).onDemand);
}

/** Gets the {@link usualTools}, charts and definitions, and prints their paths, so that nothing after it has to wait for a compiler. */
export async function toolsCommand({ pin, fromSource }: ToolsCommandOptions): Promise<void> {
  if (pin) {
    const added = await withProgress((progress) => {
      progress.step("asking the publishers of the tools for the SHA-256 of their releases");
      return pinReleases(Object.values<Tool>(tools));
    });
    process.stdout.write(`cli/kit/toolchain/releases.json is written; new in it: ${added}\n`);
    return;
  }
  const names = usualTools();
  const paths = await withProgress((progress) => {
    progress.step(`looking for ${names.length} tools`);
    return toolPaths(names, { progress, downloads: fromSource ? false : undefined });
  });
  for (const [name, path] of paths) process.stdout.write(`${tools[name].title.padEnd(34)} ${path}\n`);
  const { charts } = await withProgress(fetchCharts);
  process.stdout.write(`${"charts and definitions".padEnd(34)} ${dirname(charts)}\n`);
}
