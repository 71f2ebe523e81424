import { existsSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { ParsedSettings, ParseOptions, SettingsError } from "../../stacks/settings/index.js";
import { stackConfig } from "./stacks.js";
import { projectFolder } from "./toolchain/tool.js";
import { UserError } from "./userError.js";

/** What stacks/settings of any tree offers. */
interface SettingsModule {
  projectName: string;
  settingsOf(config: Record<string, unknown>): Record<string, unknown>;
  parseSettings(raw: unknown, stack: string, options?: ParseOptions): Omit<LoadedSettings, "project">;
  /** Absent in trees from before there were any. */
  datedNotes?(settings: unknown): string[];
}

/** The parsed settings of one stack. */
export interface LoadedSettings {
  project: string;
  settings: unknown;
  notes: string[];
  missing: string[];
}

export interface LoadOptions extends ParseOptions {
  /** Configuration of the stack. Default: that of its file, where nothing is decrypted. */
  config?: Record<string, unknown>;
}

/** Packages whose own configuration may stand next to the settings. */
const packages = ["kubernetes", "cloudflare", "oci", "command", "random", "tls", "pulumi"];

/** Where the settings are; a tree to compare with may be from before they had a folder of their own. */
const settingsModules = ["stacks/settings/index.ts", "stacks/settings.ts"];

/** Path of the settings in a tree; undefined where it has none. */
export function settingsModuleOf(tree: string): string | undefined {
  return settingsModules.find((file) => existsSync(join(tree, file)));
}

/** The settings of a stack of this program: {@link loadSettings} of a tree with the same schema. */
export async function readSettings(
  stack: string,
  options?: LoadOptions & {
    /** Default: the project's folder. */
    tree?: string;
  },
): Promise<LoadedSettings & ParsedSettings> {
  return (await loadSettings(options?.tree ?? projectFolder, stack, options)) as LoadedSettings &
    ParsedSettings;
}

/**
 * Reads and parses a stack's settings with the tree's own schema. Values under `secure:` become placeholders: nothing
 * is decrypted, so no passphrase is asked for. The notes say also what has expired or soon will.
 *
 * @throws UserError naming the file and what is wrong in it.
 */
export async function loadSettings(
  tree: string,
  stack: string,
  { config = stackConfig(tree, stack), ...options }: LoadOptions = {},
): Promise<LoadedSettings> {
  const file = `Pulumi.${stack}.yaml`;
  const module = join(tree, settingsModuleOf(tree) ?? settingsModules[0]!);
  const { projectName, settingsOf, parseSettings, datedNotes } = (await import(
    pathToFileURL(module).href
  )) as SettingsModule;
  const namespaces = [projectName, ...packages];
  const strangers = Object.keys(config).filter((key) => !namespaces.includes(key.split(":")[0]!));
  if (strangers.length > 0) {
    const lines = strangers.map((key) => `  ${key}: settings begin with ${projectName}:`);
    throw new UserError([`${file}:`, ...lines].join("\n"));
  }
  try {
    const parsed = parseSettings(settingsOf(config), stack, options);
    const dated = datedNotes?.(parsed.settings) ?? [];
    return { project: projectName, ...parsed, notes: [...parsed.notes, ...dated] };
  } catch (error) {
    // By name, because another tree has another class.
    if (!(error instanceof Error && error.name === "SettingsError")) throw error;
    const { found } = error as Partial<SettingsError>;
    const sections = [
      [`${file}:`, error.message],
      ["Notes:", ...((found && datedNotes?.(found.settings)) ?? []).map((note) => `  ${note}`)],
      ["Values to give before applying:", ...(found?.missing ?? []).map((value) => `  ${value}`)],
    ];
    throw new UserError(
      sections
        .filter(({ length }) => length > 1)
        .map((lines) => lines.join("\n"))
        .join("\n\n"),
    );
  }
}
