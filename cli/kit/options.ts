import { readdirSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { InvalidArgumentError, Option } from "@commander-js/extra-typings";

/** `--stack`, with a default that a help text shows. */
export const stackOption = (description: string, stack = "musashi") =>
  new Option("--stack <name>", description).default(stack);

/** Parses an option's value as a folder that exists; returns its absolute path. */
export function folder(path: string): string {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) return resolve(path);
  throw new InvalidArgumentError("There is no such folder.");
}

/** Parses an option's value as a folder with chart archives; returns its absolute path. */
export function chartFolder(path: string): string {
  const found = folder(path);
  if (readdirSync(found).some((file) => /^.+-v?\d+\.\d+\.\d+.*\.tgz$/.test(file))) return found;
  throw new InvalidArgumentError("No chart archive is in it, <chart>-<version>.tgz.");
}

/** Parses an option's value as the address of a server. */
export function httpsUrl(text: string): string {
  if (URL.canParse(text) && new URL(text).protocol === "https:") return text;
  throw new InvalidArgumentError("It is an address such as https://127.0.0.1:2379.");
}

/** Parses an option's value as a whole number of at least 1. */
export function count(text: string): number {
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("It is a whole number from 1.");
}

/** Name of a lab that is given none. */
export const defaultLab = "default";

/** Parses the name of a lab. */
export function labName(name: string): string {
  if (/^[a-z0-9][a-z0-9-]{0,40}$/.test(name)) return name;
  throw new InvalidArgumentError("A name consists of a-z, 0-9 and -, at most 41 of them.");
}
