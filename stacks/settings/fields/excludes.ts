import { posix } from "node:path";
import type { z } from "zod";
import { text } from "./text.js";

/** A pattern of files that restic leaves out (https://restic.readthedocs.io/en/stable/040_backup.html#excluding-files). */
export function excludePattern(description: string): z.ZodString {
  return text(description, (value) => {
    if (!/^[^\n]+$/.test(value)) return "a pattern is one line, and not empty";
    if (value.trim().startsWith("#")) return `"${value}" is a comment to restic, and leaves nothing out`;
    if (value.replaceAll("$$", "").includes("$"))
      return `"${value}" has a $, for which restic puts the value of an environment variable; $$ is the sign itself`;
    if (parsed(value) === undefined)
      return `"${value}" is not a pattern such as *.tmp: a [ without its ], an empty range, or a \\ at the end of a part`;
    return /^[*/]+$/.test(value.trim())
      ? `"${value}" leaves everything out, and nothing would be backed up`
      : undefined;
  }).meta({ examples: ["*.tmp"] });
}

/**
 * Whether nothing of a folder is backed up with the patterns: the folder is left out itself, and then no ! takes back what is
 * in it, or each name that can be in it is. A name stands for all in which the same patterns see the same.
 */
export function leaveNothingOf(patterns: readonly string[], folder: string): boolean {
  const list = patterns.flatMap((pattern) => parsed(pattern) ?? []);
  const out = (path: string) =>
    list.reduce((left, { back, matches }) => (matches(path) ? !back : left), false);
  const names = [...anyNames, ...list.flatMap(({ back, names }) => (back ? names : []))];
  return out(folder) || names.every((name) => out(`${folder}/${name}`));
}

/** Whether a pattern takes files back in. */
export const takesBack = (pattern: string): boolean => pattern.trim().startsWith("!");

/** Names of each printable character alone, and a long one. */
const anyNames = [
  ...Array.from({ length: 94 }, (_, index) => String.fromCharCode(0x21 + index)).filter((one) => one !== "/"),
  "any longer name",
];

interface Pattern {
  /** Whether it takes files back in. */
  back: boolean;
  /** Whether it means a path, or a folder that the path is in. */
  matches(path: string): boolean;
  /** Names that its parts mean. */
  names: string[];
}

/**
 * A pattern as restic reads a line of its exclude file: the path is cleaned, a part ** stands for any number of folders, none
 * too, and each other part is one of Go's filepath.Match
 * (https://github.com/restic/restic/blob/v0.18.1/internal/filter/filter.go). Undefined if it is not well-formed.
 */
function parsed(line: string): Pattern | undefined {
  const back = takesBack(line);
  const pattern = line
    .trim()
    .slice(back ? 1 : 0)
    .replaceAll("$$", "$");
  const clean = posix.normalize(pattern).replace(/(?<=.)\/$/, "");
  // Several ** or * in a row say no more than one, and would be tried in every combination.
  const parts = clean
    .split("/")
    .filter((part, index, all) => part !== "" && !(part === "**" && all[index - 1] === "**"))
    .map((part) => (part === "**" ? part : part.replace(/\*{2,}/g, "*")));
  if (!parts.every((part) => wellFormed.test(part))) return undefined;
  try {
    const expressions = parts.map((part) => (part === "**" ? anyFolders : partExpression(part)));
    if (clean.startsWith("/")) expressions.unshift(top);
    return {
      back,
      matches: (path) => matches(expressions, ["/", ...path.split("/").filter(Boolean)]),
      names: parts.map(nameOf),
    };
  } catch {
    // A range from a letter to one before it.
    return undefined;
  }
}

const anyFolders = Symbol("**");
const top = /^\/$/;

/** Whether parts of the path that follow each other are the pattern's, from the top where it begins there; restic's own way. */
function matches(pattern: (RegExp | typeof anyFolders)[], path: string[]): boolean {
  const at = pattern.indexOf(anyFolders);
  if (at >= 0) {
    const [before, after] = [pattern.slice(0, at), pattern.slice(at + 1)];
    // Of several no more than one stands for no folder, where the path has no more parts.
    return upTo(path.length - pattern.length + 1).some((count) =>
      matches([...before, ...Array<RegExp>(count).fill(/^[^/]*$/), ...after], path),
    );
  }
  if (pattern.length === 0 || pattern.length > path.length) return false;
  return upTo(pattern[0] === top ? 0 : path.length - pattern.length).some((offset) =>
    pattern.every((part, index) => (part as RegExp).test(path[offset + index]!)),
  );
}

/** Whole numbers from 0 to the last one. */
const upTo = (last: number): number[] => Array.from({ length: Math.max(0, last + 1) }, (_, index) => index);

/** One part of a path as Go's filepath.Match takes it. */
const character = "(?:\\\\.|[^\\]\\\\-])";
const wellFormed = new RegExp(`^(?:[^[\\\\]|\\\\.|\\[\\^?(?:${character}(?:-${character})?)+\\])*$`, "su");
const token = /\[(\^?)((?:\\.|[^\]\\])+)\]|\\?./gsu;

function partExpression(part: string): RegExp {
  const source = part.replace(token, (one, not?: string, members?: string) => {
    if (members !== undefined)
      return `[${not}${members.replace(/\\?(.)/gsu, (member, sign: string) => (member === "-" ? "-" : codePoint(sign)))}]`;
    if (one === "*") return "[^/]*";
    return one === "?" ? "[^/]" : codePoint(one.replace(/^\\/, ""));
  });
  return new RegExp(`^${source}$`, "u");
}

/** A name that a part means. */
function nameOf(part: string): string {
  return part.replace(token, (one, not?: string, members?: string) => {
    if (members !== undefined) {
      const expression = partExpression(one);
      return anyNames.find((name) => name.length === 1 && expression.test(name)) ?? not ?? "";
    }
    return one === "*" || one === "?" ? "a" : one.replace(/^\\/, "");
  });
}

const codePoint = (sign: string): string => `\\u{${sign.codePointAt(0)!.toString(16)}}`;
