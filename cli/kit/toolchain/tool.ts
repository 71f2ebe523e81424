import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { silent, type Progress } from "../progress.js";
import { obtain, type ObtainOptions } from "./obtain.js";
import { readSums } from "./install.js";
import { currentArchitecture, type Tool } from "./pinnedTool.js";
import { isPinned, ToolLocation } from "./toolLocation.js";
import { tools, type ToolName } from "./tools.js";

/** The project's own folder. */
export const projectFolder = fileURLToPath(new URL("../../../", import.meta.url));

export interface ToolOptions extends Partial<ObtainOptions> {
  progress?: Progress;
  /** Folders searched first. Default: PATH. */
  path?: string;
  /** Folder for what is downloaded or built. Default: .cache/bin. */
  folder?: string;
  /** Folder with one Go module per tool. Default: tools. */
  modules?: string;
}

/**
 * Path of a pinned tool; see {@link toolPaths}.
 *
 * @throws UserError when it must be built and cannot.
 */
export async function tool(name: ToolName, options: ToolOptions = {}): Promise<string> {
  return (await toolPaths([name], options)).get(name)!;
}

/**
 * Paths of pinned tools: on PATH if they have the pinned version, else in .cache/bin, else the release binary, else built
 * from source.
 *
 * @throws UserError when one must be built and cannot.
 */
export async function toolPaths<Name extends ToolName>(
  names: readonly Name[],
  options: ToolOptions = {},
): Promise<Map<Name, string>> {
  const paths = await locate(
    names.map((name) => tools[name]),
    options,
  );
  return new Map(names.map((name, index) => [name, paths[index]!]));
}

/** Path of a pinned tool that is there already; undefined where it would have to be downloaded or built. */
export async function builtTool(name: ToolName, options: ToolOptions = {}): Promise<string | undefined> {
  const location = locationOf(tools[name], options);
  return (await pinnedOnPath(tools[name], options)) ?? (location.isCurrent() ? location.binary : undefined);
}

/** Like {@link toolPaths}, for any tools. */
export async function locate(wanted: readonly Tool[], options: ToolOptions = {}): Promise<string[]> {
  const missing: ToolLocation[] = [];
  const paths: string[] = [];
  for (const tool of wanted) {
    const onPath = await pinnedOnPath(tool, options);
    const location = locationOf(tool, options);
    paths.push(onPath ?? location.binary);
    if (!onPath && !location.isCurrent() && !(await location.accept())) missing.push(location);
  }
  if (missing.length > 0) await obtain(missing, { progress: silent, ...options });
  return paths;
}

async function pinnedOnPath(tool: Tool, { path }: ToolOptions): Promise<string | undefined> {
  const onPath = findOnPath(tool.name, path);
  return onPath && (await isPinned(tool, onPath)) ? onPath : undefined;
}

function locationOf(tool: Tool, options: ToolOptions): ToolLocation {
  const folder = options.folder ?? join(projectFolder, ".cache", "bin");
  const architecture = currentArchitecture();
  const release = architecture && tool.release?.(architecture);
  const pinned = release && readSums(options.sums)[release.url];
  return new ToolLocation(
    tool,
    folder,
    join(options.modules ?? join(projectFolder, "tools"), tool.module),
    pinned,
  );
}

/** First executable of that name in the folders of a PATH. */
export function findOnPath(name: string, path = process.env["PATH"] ?? ""): string | undefined {
  return path
    .split(delimiter)
    .filter(Boolean)
    .map((folder) => join(folder, name))
    .find(isExecutable);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
