import { renameSync, rmSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { forgetUserSettings } from "../plan/engine/folder.js";
import { withProgress, type Progress } from "../kit/progress.js";
import { UsageError, UserError } from "../kit/userError.js";
import { clusterReleases, type ClusterReleases } from "./clusterReleases.js";
import { demandFile, folderOf } from "./nodeFiles/write.js";
import { cutTo, programImports, type ProgramRelease } from "./importFile.js";

export interface ImportFileOptions {
  stack: string;
  out: string;
  kubeconfig?: string;
  context?: string;
  release?: string[];
  bucketNamespace?: string;
}

/** The command `import-file`. */
export async function importFileCommand(given: ImportFileOptions): Promise<void> {
  if (given.context !== undefined && given.kubeconfig === undefined) {
    throw new UsageError("--context is of a kubeconfig; give --kubeconfig");
  }
  if (given.kubeconfig === undefined && !given.release && given.bucketNamespace === undefined) {
    throw new UsageError("Say what is there: --kubeconfig, or --release for each, or --bucket-namespace");
  }
  const out = resolve(given.out);
  folderOf(given.out);
  forgetUserSettings();
  process.stdout.write(await withProgress((progress) => writeImportFile(out, given, progress)));
}

/** Returns what is to be said about the file. */
async function writeImportFile(out: string, given: ImportFileOptions, progress: Progress): Promise<string> {
  const planned = await programImports(given.stack, progress);
  if (given.kubeconfig !== undefined) progress.step("asking the cluster for its releases");
  const found = await releasesThere(planned.releases, given, planned.context);
  const ids = new Map(found.there.map(({ resource, namespace, name }) => [resource, `${namespace}/${name}`]));
  const { bucketNamespace: namespace } = given;
  const { bucket } = planned;
  if (namespace !== undefined) ids.set(bucket.resource, `n/${namespace}/b/${bucket.name}`);
  if (ids.size === 0) {
    throw new UserError(
      `None of the program's releases is there, so there is nothing to import: ${found.missing.map(idOf).join(", ")}`,
    );
  }
  writeWhole(out, `${JSON.stringify(cutTo(planned.file, ids), null, 2)}\n`);
  return report(given.out, found, namespace === undefined ? undefined : bucket.name);
}

type FoundReleases = Pick<ClusterReleases, "missing"> & {
  there: (ProgramRelease & Partial<Pick<ClusterReleases["there"][number], "found">>)[];
};

async function releasesThere(
  releases: ProgramRelease[],
  { kubeconfig, context, release: named = [] }: ImportFileOptions,
  settingsContext: string | undefined,
): Promise<FoundReleases> {
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
  demandFile(file, file);
  const unfinished = `${file}.${process.pid}`;
  try {
    writeFileSync(unfinished, text, { flag: "wx" });
    renameSync(unfinished, file);
  } finally {
    rmSync(unfinished, { force: true });
  }
}

function report(out: string, { there, missing }: FoundReleases, bucket: string | undefined): string {
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
