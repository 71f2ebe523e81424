import type { z } from "zod";
import { text } from "./text.js";

/** A pattern of files that restic leaves out (https://restic.readthedocs.io/en/stable/040_backup.html#excluding-files). */
export function excludePattern(description: string): z.ZodString {
  return text(description, (value) => {
    if (!/^[^\n]+$/.test(value)) return "a pattern is one line, and not empty";
    if (value.trim().startsWith("#")) return `"${value}" is a comment to restic, and leaves nothing out`;
    if (value.replaceAll("$$", "").includes("$"))
      return `"${value}" has a $, for which restic puts the value of an environment variable; $$ is the sign itself`;
    if (matcher(value) === undefined)
      return `"${value}" is not a pattern such as *.tmp: a [ without its ], an empty range, or a \\ at the end of a part`;
    return /^[*/]+$/.test(value.trim())
      ? `"${value}" leaves everything out, and nothing would be backed up`
      : undefined;
  }).meta({ examples: ["*.tmp"] });
}

/** One part of a path as Go's filepath.Match takes it. */
const range = "(?:\\\\.|[^\\]\\\\-])(?:-(?:\\\\.|[^\\]\\\\-]))?";
const wellFormed = new RegExp(`^(?:[^[\\\\]|\\\\.|\\[\\^?(?:${range})+\\])*$`);

/** Whether a pattern leaves a folder out with all that is in it. One with ! in front takes files back in. */
export function leavesOut(pattern: string, folder: string): boolean {
  const whole = pattern.trim().replace(/(\/\**)+$/, "");
  return !whole.startsWith("!") && (matcher(whole)?.test(folder) ?? false);
}

/** What a pattern matches, with all that lies below; undefined if it is not well-formed. */
function matcher(pattern: string): RegExp | undefined {
  const parts = pattern.replaceAll("$$", "$").split("/");
  if (!parts.every((part) => wellFormed.test(part))) return undefined;
  try {
    return new RegExp(`^${pattern.startsWith("/") ? "" : ".*/"}${parts.map(partPattern).join("/")}(/.*)?$`);
  } catch {
    // A range from a letter to one before it.
    return undefined;
  }
}

function partPattern(part: string): string {
  if (part === "**") return ".*";
  return part.replace(/\\.|\[(?:\\.|[^\]\\])+\]|[\s\S]/g, (token) => {
    if (token === "*") return "[^/]*";
    if (token === "?") return "[^/]";
    return token.length > 1 ? token : token.replace(/[.+^${}()|\]]/, "\\$&");
  });
}
