import * as pulumi from "@pulumi/pulumi";
import { existingValues } from "./existing.js";
import { sealingCertificates, type GuardedValue } from "./guarded.js";
import { judged, type SecretsForm } from "./judged.js";
import { missingValue, placeholdersIn } from "./missing.js";
import { notesOf } from "./notes/index.js";
import { describeProblem, keyOf, SettingsError } from "./problems.js";
import { projectName } from "./projectName.js";
import { settingsSchema, type Settings } from "./schema.js";
import { missingSecret } from "./secretText.js";

export { giveCommand } from "./missing.js";
export { datedNotes } from "./notes/dates.js";
export { SettingsError } from "./problems.js";
export { projectName } from "./projectName.js";
export type { Settings } from "./schema.js";

/**
 * The raw settings in a program's configuration, or in the `config` of a stack file: the keys of this project's
 * namespace. Values that are text in JSON, as the engine gives them, are read.
 *
 * @throws SettingsError for text that begins like JSON and is none.
 */
export function settingsOf(config: Record<string, unknown>): Record<string, unknown> {
  const prefix = `${projectName}:`;
  return Object.fromEntries(
    Object.entries(config)
      .filter(([key]) => key.startsWith(prefix))
      .map(([name, value]) => {
        const key = name.slice(prefix.length);
        return [key, typeof value === "string" ? fromJson(key, value) : value];
      }),
  );
}

/** @throws SettingsError for text that begins like JSON and is none. What it holds may be secret. */
function fromJson(key: string, value: string): unknown {
  try {
    return JSON.parse(value);
  } catch (error) {
    if (!/^\s*[{[]/.test(value)) return value;
    const [position] = /(?<=position )\d+/.exec((error as Error).message) ?? [];
    const where = position === undefined ? "" : ` at character ${Number(position) + 1}`;
    throw new SettingsError([
      `${key}: is text, and not JSON${where}; write the settings as YAML, without quotes around them`,
    ]);
  }
}

/** What a parse found besides the settings themselves. */
export interface ParsedSettings {
  settings: Settings;
  /** Things the user should know before applying, one sentence each. */
  notes: string[];
  /** Values that guard existing data, or that only others give out, and are not given; with the way to give them. */
  missing: string[];
  /** Given values that have to be those of the cluster, where one exists. */
  guarded: GuardedValue[];
  /** Keys of secret settings that are text, which is what the engine makes of those that are sealed in the stack's file. */
  texts: string[];
}

export interface ParseOptions {
  /** How the settings hold secrets. Default: sealed. */
  secrets?: SecretsForm;
}

/**
 * Parses the settings of one environment: every key known, every value well-formed, every rule between them kept.
 * Values that have to be given and are not are listed in `missing` and stand as placeholders, so that a plan is possible; a caller that applies must refuse to go on while the list is not empty.
 *
 * @param raw One entry per top-level key, secrets either resolved or as `{secure: …}` (then placeholders).
 * @param stack Name of the stack, for the commands in messages.
 * @throws SettingsError with one line per problem, and with what the rest of the settings tells.
 */
export function parseSettings(
  raw: unknown,
  stack: string,
  { secrets = "sealed" }: ParseOptions = {},
): ParsedSettings {
  const { settings, problems, texts } = judged(raw, stack, secrets);
  const placeholders = placeholdersIn(
    raw,
    stack,
    problems.map(({ path }) => keyOf(path)),
  );
  const lines = problems.map(describeProblem);
  if (!settings) throw new SettingsError(lines, { settings: parsedGroups(raw), missing: placeholders });
  const existing = existingValues(settings);
  const notGiven = existing.filter((value) => !value.given && (settings.cluster.existing || value.givenOut));
  const missing = [...notGiven.map((value) => missingValue(value, stack)), ...placeholders];
  if (problems.length > 0) throw new SettingsError(lines, { settings, missing });

  const guarded = existing.flatMap(({ path, what, living, value, set }): GuardedValue[] =>
    living && value ? [{ path, what, living, value, take: (text) => set(pulumi.secret(text)) }] : [],
  );
  for (const value of notGiven) value.set(missingSecret(value.format, value.path));
  return {
    settings,
    notes: notesOf(settings),
    texts: texts.map(keyOf),
    guarded: settings.cluster.existing ? [...guarded, ...sealingCertificates(settings)] : [],
    missing,
  };
}

/** The groups of settings that can be parsed where others cannot. */
function parsedGroups(raw: unknown): Partial<Settings> {
  const given = (raw ?? {}) as Record<string, unknown>;
  return Object.fromEntries(
    Object.entries(settingsSchema.shape).flatMap(([key, schema]) => {
      const parsed = schema.safeParse(given[key]);
      return parsed.success ? [[key, parsed.data]] : [];
    }),
  );
}
