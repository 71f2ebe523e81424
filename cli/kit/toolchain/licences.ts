import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "../run.js";
import { downloadModules } from "../charts.js";
import { withProgress, type Progress } from "../progress.js";
import { UserError } from "../userError.js";
import { projectFolder, tool } from "./tool.js";
import type { Tool } from "./pinnedTool.js";
import { tools } from "./tools.js";

/** Licences of the Go modules in the binaries of one go.mod. */
export interface LicenceList {
  /** {@link pinOf} the sources that the list was made from. */
  pin: string;
  /** SPDX expression by module. UNKNOWN: a licence file was not recognized. NONE: there is no licence file. */
  licences: Record<string, string>;
}

/** The folder under tools/ that nothing is built from: its modules are taken for charts and definitions in them. */
const chartModules = "charts";

/** Folders under tools/, each with a go.mod. */
export const modules = [
  ...new Set([chartModules, ...Object.values<Tool>(tools).map(({ module }) => module)]),
].sort();

const inModule = (module: string, file: string): string => join(projectFolder, "tools", module, file);

/** SHA-256 of a module's go.mod and go.sum. They decide what is built, and so which licences count. */
export function pinOf(module: string): string {
  const hash = createHash("sha256");
  for (const file of ["go.mod", "go.sum"]) hash.update(readFileSync(inModule(module, file)));
  return hash.digest("hex");
}

/** The kept list of a module; undefined if there is none. */
export function licenceList(module: string): LicenceList | undefined {
  const file = inModule(module, "licences.json");
  return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as LicenceList) : undefined;
}

/**
 * Writes tools/<module>/licences.json for each module whose go.mod or go.sum has changed since. Downloads the source
 * of its dependencies.
 *
 * @returns the written modules.
 */
async function writeLicenceLists(progress: Progress): Promise<string[]> {
  const outdated = modules.filter((module) => licenceList(module)?.pin !== pinOf(module));
  if (outdated.length === 0) return [];
  const classifier = await tool("licences", { progress });
  for (const module of outdated) {
    progress.step(`reading the licences of tools/${module}`);
    const list: LicenceList = { pin: pinOf(module), licences: await licencesIn(module, classifier) };
    writeFileSync(inModule(module, "licences.json"), `${JSON.stringify(list, null, 2)}\n`);
  }
  return outdated;
}

/** Writes the lists and prints which. */
export async function licenceListsCommand(): Promise<void> {
  const written = await withProgress(writeLicenceLists);
  for (const module of written) process.stdout.write(`wrote tools/${module}/licences.json\n`);
  if (written.length === 0) process.stdout.write("every list is up to date\n");
}

/** Licences of what Go compiles into the binaries of a module, on Linux; of charts, those of the modules themselves. */
async function licencesIn(module: string, classifier: string): Promise<LicenceList["licences"]> {
  const packages = Object.values<Tool>(tools)
    .filter((tool) => tool.module === module)
    .map((tool) => tool.package);
  // As goBuild does, but on the platform whose list is kept.
  const env = {
    ...process.env,
    GOFLAGS: "-mod=readonly",
    GOWORK: "off",
    CGO_ENABLED: "0",
    GOOS: "linux",
    GOARCH: "amd64",
  };
  const cwd = inModule(module, "");
  try {
    const input =
      module === chartModules
        ? (await downloadModules(cwd)).map((Module) => JSON.stringify({ Dir: Module.Dir, Module })).join("\n")
        : (await run(["go", "list", "-deps", "-json=Dir,Module", ...packages], { cwd, env })).stdout;
    return JSON.parse((await run([classifier], { input })).stdout) as LicenceList["licences"];
  } catch (error) {
    throw new UserError(`The licences of tools/${module} cannot be read. ${(error as Error).message}`);
  }
}
