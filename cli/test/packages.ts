import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { findOnPath, projectFolder } from "../kit/toolchain/tool.js";

/** A Debian package that the tests need. */
export interface DebianPackage {
  name: string;
  /** Programs by which it is found. */
  programs: string[];
  /** Service that the package enables. */
  service?: string;
}

/** Everything tests/debian-packages.txt lists. */
export const debianPackages: DebianPackage[] = readFileSync(
  join(projectFolder, "tests/debian-packages.txt"),
  "utf8",
)
  .split("\n")
  .filter((line) => line && !line.startsWith("#"))
  .map((line) => {
    const [found = "", service] = line.split(":").map((part) => part.trim());
    const [name, ...programs] = found.split(/ +/);
    return { name: name!, programs, service };
  });

/** Packages of which a program is missing. */
export function missingPackages(): DebianPackage[] {
  return debianPackages.filter(({ programs }) => !programs.every(findProgram));
}

/** Path of a program: on PATH, or where Debian keeps those that PATH leaves out. */
function findProgram(program: string): string | undefined {
  const path = `${process.env["PATH"]}:/usr/sbin:/sbin`;
  return findOnPath(program, path) ?? (program === "initdb" ? newestInitdb() : undefined);
}

/**
 * Path of a program of the listed packages.
 *
 * @throws Error with the line that installs it, where it is missing.
 */
export function debian(program: string): string {
  const wanted = debianPackages.find(({ programs }) => programs.includes(program));
  if (!wanted) throw new Error(`${program} is of no package in tests/debian-packages.txt`);
  const found = findProgram(program);
  if (found) return found;
  throw new Error(`${program} is missing. Install it:\n  ${installLine([wanted])}`);
}

/** Shell command that installs packages and leaves their services off. */
export function installLine(packages: DebianPackage[]): string {
  const sudo = process.getuid?.() === 0 ? "" : "sudo ";
  const services = servicesOf(packages);
  const install = `${sudo}apt-get install -y --no-install-recommends ${packages.map(({ name }) => name).join(" ")}`;
  return services.length > 0 ? `${install} && ${sudo}systemctl disable --now ${services.join(" ")}` : install;
}

export function servicesOf(packages: DebianPackage[]): string[] {
  return packages.flatMap(({ service }) => service ?? []);
}

/** Debian keeps the server's programs of each version in a folder that is not on PATH. */
function newestInitdb(base = "/usr/lib/postgresql"): string | undefined {
  const versions = existsSync(base) ? readdirSync(base).map(Number) : [];
  return versions
    .sort((a, b) => b - a)
    .map((version) => join(base, String(version), "bin/initdb"))
    .find((file) => existsSync(file));
}
