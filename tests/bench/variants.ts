import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { UserError } from "../../cli/kit/userError.js";
import { writeIndexImportCopy } from "./indexImports.js";
import { writeIsolationSettings } from "./isolation.js";

/** A way to run the program. */
export interface Variant {
  name: string;
  /** Arguments of Node. */
  args: string[];
}

/** What one run took, from the start of the process to the last registration. */
export interface Sample {
  resources: number;
  seconds: number;
  /** Peak of resident memory. */
  megabytes: number;
}

/**
 * This program, next to an empty one, next to itself written the common way, and with many isolated namespaces.
 *
 * @param root Folder of the project.
 * @param folder Where copies and settings are written to.
 */
export function programVariants(root: string, folder: string): Variant[] {
  const sdk = join(root, "node_modules/@pulumi/pulumi");
  const measured = join(root, "tests/bench/measured.cjs");
  const settings = join(root, "Pulumi.musashi.yaml");
  const program = ["--import", "tsx", measured, sdk, join(root, "stacks")];
  const copied = writeIndexImportCopy(root, folder);
  return [
    { name: "empty Pulumi program", args: [measured, sdk, "empty", settings] },
    { name: "this program (tsx, single modules)", args: [...program, settings] },
    {
      name: "the same, provider indexes, ts-node",
      args: [measured, sdk, copied, settings, join(folder, "tsconfig.json")],
    },
    ...[25, 50, 100, 200].map((count) => ({
      name: `this program, ${count} isolated namespaces`,
      args: [...program, writeIsolationSettings(settings, folder, count)],
    })),
  ];
}

/** @throws Error with what the variant said when it fails. */
export function measure(root: string, { name, args }: Variant): Sample {
  const { stdout, stderr, status } = spawnSync(process.execPath, args, { cwd: root, encoding: "utf8" });
  if (status !== 0) throw new UserError(`${stderr}\nThe variant "${name}" failed.`);
  return JSON.parse(stdout.trim().split("\n").at(-1)!) as Sample;
}
