import { readdirSync, readFileSync } from "node:fs";
import { parse } from "yaml";
import { parseSettings, SettingsError } from "../../../stacks/settings/index.js";

const folder = new URL("../../fixtures/settings/", import.meta.url);

/** Changes to minimal.yaml, and what must come of them. */
export interface Fixture {
  name: string;
  set?: Record<string, unknown>;
  remove?: string[];
  /** Accepted: values the parsed settings must have. */
  expect?: Record<string, unknown>;
  notes?: string[];
  missing?: string[];
  /** Rejected: the whole message. */
  message?: string;
}

/** Those that are noted are accepted as well, and make the same program as others do. */
export function fixtures(kind: "accepted" | "noted" | "rejected"): Fixture[] {
  return readdirSync(new URL(`${kind}/`, folder))
    .sort()
    .map((file) => ({
      name: file.replace(/\.yaml$/, ""),
      ...(parse(readFileSync(new URL(`${kind}/${file}`, folder), "utf8")) as object),
    }));
}

/** The raw settings a fixture stands for. */
export function rawSettings(fixture: Pick<Fixture, "set" | "remove">): Record<string, unknown> {
  const raw = parse(readFileSync(new URL("minimal.yaml", folder), "utf8")) as Record<string, unknown>;
  for (const [key, value] of Object.entries(fixture.set ?? {})) assign(raw, key, value);
  for (const key of fixture.remove ?? []) assign(raw, key, undefined);
  return raw;
}

/** Value at a key such as `cluster.nodes[0].name`. */
export function valueAt(root: unknown, key: string): unknown {
  return partsOf(key).reduce<any>((node, part) => node?.[part], root);
}

function assign(root: Record<string, unknown>, key: string, value: unknown): void {
  const parts = partsOf(key);
  const last = parts.pop()!;
  let node: any = root;
  for (const part of parts) node = node[part] ??= {};
  if (value === undefined) delete node[last];
  else node[last] = value;
}

function partsOf(key: string): string[] {
  return key.split(/[.[\]]+/).filter(Boolean);
}

/** What is wrong with raw settings, a line each. */
export function problemsOf(raw: unknown): string[] {
  try {
    parseSettings(raw, "test");
    return [];
  } catch (error) {
    if (error instanceof SettingsError) return error.problems;
    throw error;
  }
}
