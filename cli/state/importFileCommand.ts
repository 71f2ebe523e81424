import { renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { parseArgs } from "node:util";
import { exitOnSignals, forgetUserSettings } from "../plan/engine/folder.js";
import { progressOn } from "../kit/progress.js";
import { UserError } from "../kit/userError.js";
import { clusterReleases, type ClusterReleases } from "./clusterReleases.js";
import { cutTo, programImports, type ProgramRelease } from "./importFile.js";

const usage = `Usage: npm run import-file -- (--kubeconfig FILE | --release NAMESPACE/NAME …) [options]

Writes the file that npm run import and pulumi import --file take: the Helm releases and the bucket that exist already, as
the program names them. Plans offline; only --kubeconfig asks a cluster.

  --stack NAME           default: musashi
  --out FILE             default: import.json
  --kubeconfig FILE      looks in its cluster which releases of the program are there
  --context NAME         of the kubeconfig. Default: cluster.context of the settings, else the kubeconfig's own
  --release NAMESPACE/NAME  a release that is there; repeated for each, instead of --kubeconfig
  --bucket-namespace NAMESPACE  the bucket is there, in this namespace of Object Storage (oci os ns get)
  --help                 prints this

Exit status: 0 written, 1 a failure, 2 wrong usage.
`;

const options = {
  stack: { type: "string", default: "musashi" },
  out: { type: "string", default: "import.json" },
  kubeconfig: { type: "string" },
  context: { type: "string" },
  release: { type: "string", multiple: true },
  "bucket-namespace": { type: "string" },
  help: { type: "boolean", default: false },
} as const;

type Given = ReturnType<typeof parse>;

function parse(args: string[]) {
  const { values } = parseArgs({ args, options });
  if (values.help) return values;
  if (values.kubeconfig !== undefined && values.release) {
    throw new TypeError("--kubeconfig looks for itself: give it or --release, not both");
  }
  if (values.context !== undefined && values.kubeconfig === undefined) {
    throw new TypeError("--context is of a kubeconfig; give --kubeconfig");
  }
  if (values.kubeconfig === undefined && !values.release && values["bucket-namespace"] === undefined) {
    throw new TypeError("Say what is there: --kubeconfig, or --release for each, or --bucket-namespace");
  }
  return values;
}

/**
 * The command `import-file`.
 *
 * @param root Folder of the project.
 * @returns The exit status.
 */
export async function importFileCommand(args: string[], root: string): Promise<number> {
  let given: Given;
  try {
    given = parse(args);
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n\n${usage}`);
    return 2;
  }
  if (given.help) {
    process.stdout.write(usage);
    return 0;
  }
  exitOnSignals();
  forgetUserSettings();
  const progress = await progressOn(process.stderr);
  try {
    const out = resolve(given.out);
    if (!statSync(dirname(out), { throwIfNoEntry: false })?.isDirectory()) {
      throw new UserError(`--out ${given.out}: there is no folder ${dirname(out)}`);
    }
    const planned = await programImports(root, given.stack, progress);
    if (given.kubeconfig !== undefined) progress.step("asking the cluster for its releases");
    const found = await releasesThere(planned.releases, given, planned.context);
    const ids = new Map(
      found.there.map(({ resource, namespace, name }) => [resource, `${namespace}/${name}`]),
    );
    const namespace = given["bucket-namespace"];
    const { bucket } = planned;
    if (namespace !== undefined) ids.set(bucket.resource, `n/${namespace}/b/${bucket.name}`);
    if (ids.size === 0) {
      throw new UserError(
        `None of the program's releases is there, so there is nothing to import: ${found.missing.map(idOf).join(", ")}`,
      );
    }
    writeWhole(out, `${JSON.stringify(cutTo(planned.file, ids), null, 2)}\n`);
    progress.done();
    process.stdout.write(report(given.out, found, namespace === undefined ? undefined : bucket.name));
    return 0;
  } catch (error) {
    progress.fail();
    if (!(error instanceof UserError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return 1;
  }
}

type Found = Pick<ClusterReleases, "missing"> & {
  there: (ProgramRelease & Partial<Pick<ClusterReleases["there"][number], "found">>)[];
};

async function releasesThere(
  releases: ProgramRelease[],
  { kubeconfig, context, release: named = [] }: Given,
  settingsContext: string | undefined,
): Promise<Found> {
  if (kubeconfig !== undefined) return clusterReleases(releases, kubeconfig, context ?? settingsContext);
  const strangers = named.filter((id) => !releases.some((release) => idOf(release) === id));
  if (strangers.length > 0) {
    throw new UserError(
      `--release ${strangers.join(", ")}: the program has no such release; it has ${releases.map(idOf).sort().join(", ")}`,
    );
  }
  const there = releases.filter((release) => named.includes(idOf(release)));
  return { there, missing: releases.filter((release) => !there.includes(release)) };
}

function idOf({ namespace, name }: ProgramRelease): string {
  return `${namespace}/${name}`;
}

function writeWhole(file: string, text: string): void {
  const unfinished = `${file}.${process.pid}`;
  try {
    writeFileSync(unfinished, text, { flag: "wx" });
    renameSync(unfinished, file);
  } finally {
    rmSync(unfinished, { force: true });
  }
}

function report(out: string, { there, missing }: Found, bucket: string | undefined): string {
  const lines = [
    ...there.map((release) => {
      const { found } = release;
      return found
        ? `${idOf(release)}: ${found.chart} ${found.chartVersion}, ${found.status}`
        : idOf(release);
    }),
    ...(bucket === undefined ? [] : [`bucket ${bucket}`]),
  ].sort();
  const left = missing.map(idOf).sort();
  return [
    `${out} has`,
    ...lines.map((line) => `  ${line}`),
    ...(left.length > 0 ? [`and not, because pulumi up makes them: ${left.join(", ")}`] : []),
    ...(bucket === undefined ? ["The bucket is not in it; where it exists, give --bucket-namespace."] : []),
    "",
  ].join("\n");
}
