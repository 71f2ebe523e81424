import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "../run.js";
import type { Tool } from "./pinnedTool.js";

/** Where a tool lies, and what it is made from. */
export class ToolLocation {
  readonly binary: string;
  private readonly marker: string;
  /** Digest of what pins the tool; the marker next to the binary holds it. */
  private readonly source: string;

  /**
   * @param folder Folder for the binary.
   * @param module Folder of the Go module that pins it.
   * @param pinned SHA-256 that its release must have. Default: none is pinned.
   */
  constructor(
    readonly tool: Tool,
    readonly folder: string,
    readonly module: string,
    private readonly pinned?: string,
  ) {
    this.binary = join(folder, tool.name);
    this.marker = join(folder, `.${tool.name}.built-from`);
    this.source = fingerprint(tool, module);
  }

  /**
   * Whether the binary is there, made from what is pinned now. One that was downloaded before its release was pinned has
   * to be of a release with that SHA-256; one that was built is what go.sum pins.
   */
  isCurrent(): boolean {
    const { binary, marker, source, pinned } = this;
    if (!existsSync(binary) || !existsSync(marker)) return false;
    const [from, release] = readFileSync(marker, "utf8").split("\n");
    return from === source && (release === undefined || pinned === undefined || release === pinned);
  }

  /** Accepts a binary without a marker, which was put there by hand, if it has the pinned version. */
  async accept(): Promise<boolean> {
    if (existsSync(this.marker) || !existsSync(this.binary)) return false;
    if (!(await isPinned(this.tool, this.binary))) return false;
    writeFileSync(this.marker, this.source);
    return true;
  }

  /**
   * Moves a finished binary of the same file system here.
   *
   * @param release SHA-256 of the release it is of. Default: it was built.
   */
  put(binary: string, release?: string): void {
    renameSync(binary, this.binary);
    writeFileSync(this.marker, [this.source, ...(release === undefined ? [] : [release])].join("\n"));
  }
}

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

/** Whether a binary says that it has the pinned version. */
export async function isPinned(tool: Tool, binary: string): Promise<boolean> {
  try {
    // Nothing of the user's: it may have been downloaded just now.
    const { PATH, HOME, TMPDIR } = process.env;
    const env = { PATH, HOME, TMPDIR, PULUMI_SKIP_UPDATE_CHECK: "true" };
    const signal = AbortSignal.timeout(60_000);
    const { stdout } = await run([binary, ...tool.versionArguments], { env, signal });
    const found = /v?(\d+\.\d+\.\d+[\w.-]*)/.exec(stdout)?.[1];
    return found === tool.version.replace(/^v/, "");
  } catch {
    return false;
  }
}
