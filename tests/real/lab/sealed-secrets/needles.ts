import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { watching } from "../../../kit/watching.js";

/** Texts that must not be found, by the name that a failure may show. */
export type Needles = Record<string, string>;

/** Where below the folder a needle stands, plain or in base64: `name in file`. */
export function needlesBelow(folder: string, needles: Needles): string[] {
  const forms = Object.entries(needles).flatMap(([name, needle]) =>
    [needle, ...inBase64(needle)].map((form) => ({ name, form: Buffer.from(form) })),
  );
  const found = new Set<string>();
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
    if (!entry.isFile()) continue;
    const file = join(entry.parentPath, entry.name);
    const content = readFileSync(file);
    for (const { name, form } of forms) {
      if (content.includes(form)) found.add(`${name} in ${relative(folder, file)}`);
    }
  }
  return [...found].sort();
}

/** What base64 makes of a text at each of the three places it can begin at, without what its neighbours change. */
export function inBase64(text: string): string[] {
  return [0, 1, 2].map((before) => {
    const encoded = Buffer.concat([Buffer.alloc(before), Buffer.from(text)]).toString("base64");
    const whole = Math.floor(((before + Buffer.byteLength(text)) * 8) / 6);
    return encoded.slice(Math.ceil((before * 8) / 6), whole);
  });
}

/** What was seen of the processes of this machine. */
export interface Seen {
  programs: string[];
  /** Needles in arguments or environments. */
  found: string[];
}

/** Watches the arguments and environments of all processes until it is told to stop. */
export function watchProcesses(needles: Needles): Promise<() => Promise<Seen>> {
  return watching(new URL("watchProcesses.cjs", import.meta.url), { needles });
}
