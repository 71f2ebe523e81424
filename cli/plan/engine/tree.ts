import { existsSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { GuardedValue } from "../../../stacks/settings/guarded.js";
import type { ParseOptions, SettingsError } from "../../../stacks/settings/index.js";
import { stackConfig } from "../../kit/stacks.js";
import { UserError } from "../../kit/userError.js";

/** What stacks/settings of any tree offers. */
interface SettingsModule {
  projectName: string;
  settingsOf(config: Record<string, unknown>): Record<string, unknown>;
  parseSettings(raw: unknown, stack: string, options?: ParseOptions): Omit<LoadedSettings, "project">;
  /** Absent in trees from before there were any. */
  datedNotes?(settings: unknown): string[];
}

/** What stacks/clusterSecurity.ts of any tree offers. */
interface ProgramModule {
  clusterSecurity(settings: unknown): object;
}

/** The parsed settings of one stack. */
export interface LoadedSettings {
  project: string;
  settings: unknown;
  notes: string[];
  missing: string[];
  /** Absent in trees from before there were any. */
  guarded?: GuardedValue[];
}

/** Packages whose own configuration may stand next to the settings. */
const packages = ["kubernetes", "cloudflare", "oci", "command", "random", "tls", "pulumi"];

const settingsFile = (stack: string): string => `Pulumi.${stack}.yaml`;
/** Where the settings are; a tree to compare with may be from before they had a folder of their own. */
const settingsModules = ["stacks/settings/index.ts", "stacks/settings.ts"];
const programModule = "stacks/clusterSecurity.ts";

/** Whether a tree has the program and this stack's settings. */
export function hasProgram(tree: string, stack: string): boolean {
  const files = [settingsFile(stack), programModule].every((file) => existsSync(join(tree, file)));
  return files && settingsModuleOf(tree) !== undefined;
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
  options?: ParseOptions,
): Promise<LoadedSettings> {
  const file = settingsFile(stack);
  const config = stackConfig(tree, stack);
  const { projectName, settingsOf, parseSettings, datedNotes } = (await load(
    tree,
    settingsModuleOf(tree) ?? settingsModules[0]!,
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

function settingsModuleOf(tree: string): string | undefined {
  return settingsModules.find((file) => existsSync(join(tree, file)));
}

/** Loads the program of a tree; the imports it brings are the largest part of a plan's time. */
export async function loadProgram(tree: string): Promise<(settings: unknown) => object> {
  return ((await load(tree, programModule)) as ProgramModule).clusterSecurity;
}

function load(tree: string, module: string): Promise<unknown> {
  return import(pathToFileURL(join(tree, module)).href);
}
