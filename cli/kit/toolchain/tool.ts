import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { silent, type Progress } from "../progress.js";
import { goBuild } from "./build.js";
import { withLock } from "./lock.js";
import { tools, type Tool, type ToolName } from "./tools.js";

const run = promisify(execFile);

/** The project's own folder. */
export const projectFolder = fileURLToPath(new URL("../../../", import.meta.url));

export interface ToolOptions {
  progress?: Progress;
  /** Folders searched first. Default: PATH. */
  path?: string;
  /** Folder for what is built. Default: .cache/bin. */
  folder?: string;
  /** Folder with one Go module per tool. Default: tools. */
  modules?: string;
}

/**
 * Path of a pinned tool: on PATH if it is of the pinned version, else one built before, else built now.
 *
 * @throws UserError when it must be built and cannot.
 */
export async function tool(name: ToolName, options: ToolOptions = {}): Promise<string> {
  return locate(tools[name], options);
}

/** Path of a pinned tool that is there already; undefined where it would have to be built. */
export async function builtTool(name: ToolName, options: ToolOptions = {}): Promise<string | undefined> {
  const { binary, isCurrent } = placeOf(tools[name], options);
  return (await pinnedOnPath(tools[name], options)) ?? (isCurrent() ? binary : undefined);
}

async function pinnedOnPath(tool: Tool, { path }: ToolOptions): Promise<string | undefined> {
  const onPath = findOnPath(tool.name, path);
  return onPath && (await isPinned(tool, onPath)) ? onPath : undefined;
}

/** Where a tool is built to, what from, and whether it has been. */
function placeOf(tool: Tool, options: ToolOptions) {
  const folder = options.folder ?? join(projectFolder, ".cache", "bin");
  const module = join(options.modules ?? join(projectFolder, "tools"), tool.module);
  const binary = join(folder, tool.name);
  const marker = join(folder, `.${tool.name}.built-from`);
  const source = fingerprint(tool, module);
  const isCurrent = () => existsSync(binary) && existsSync(marker) && readFileSync(marker, "utf8") === source;
  return { folder, module, binary, marker, source, isCurrent };
}

/** Like {@link tool}, for any tool. */
export async function locate(tool: Tool, options: ToolOptions = {}): Promise<string> {
  const onPath = await pinnedOnPath(tool, options);
  if (onPath) return onPath;
  const { folder, module, binary, marker, source, isCurrent } = placeOf(tool, options);
  if (isCurrent()) return binary;

  mkdirSync(folder, { recursive: true });
  await withLock(join(folder, `.${tool.name}.lock`), options.progress ?? silent, tool.title, async () => {
    // Another process may have built it meanwhile.
    if (isCurrent()) return;
    // A binary without a marker was put there by hand; the right version is as good as one built here.
    if (existsSync(marker) || !existsSync(binary) || !(await isPinned(tool, binary))) {
      const unfinished = `${binary}.${process.pid}`;
      try {
        await goBuild(tool, module, unfinished, options.progress ?? silent);
        renameSync(unfinished, binary);
      } finally {
        rmSync(unfinished, { force: true });
      }
    }
    writeFileSync(marker, source);
  });
  return binary;
}

/** Changes whenever the pinned source or the way it is built does. */
function fingerprint(tool: Tool, module: string): string {
  const hash = createHash("sha256").update(JSON.stringify([tool.package, tool.version, tool.variables]));
  // Source of ours, where the tool is a command that calls a library.
  const own = `cluster-security/tools/${tool.module}`;
  const folder = tool.package.startsWith(own) ? tool.package.slice(own.length) : undefined;
  const sources =
    folder === undefined ? [] : readdirSync(join(module, folder)).filter((file) => file.endsWith(".go"));
  for (const file of ["go.mod", "go.sum"]) hash.update(readFileSync(join(module, file)));
  for (const file of sources.sort()) hash.update(readFileSync(join(module, folder!, file)));
  return hash.digest("hex");
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

async function isPinned(tool: Tool, binary: string): Promise<boolean> {
  try {
    const env = { ...process.env, PULUMI_SKIP_UPDATE_CHECK: "true" };
    const { stdout } = await run(binary, tool.versionArguments, { env, timeout: 60_000 });
    const found = /v?(\d+\.\d+\.\d+[\w.-]*)/.exec(stdout)?.[1];
    return found === tool.version.replace(/^v/, "");
  } catch {
    return false;
  }
}
