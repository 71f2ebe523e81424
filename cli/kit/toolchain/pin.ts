import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryFolder } from "../temporaryFolder.js";
import { UserError } from "../userError.js";
import { download, DownloadError, type DownloadOptions } from "./download.js";
import { publishedSum, readSums, sumsFile, type Sums } from "./install.js";
import { architectures, type Release, type Tool } from "./pinnedTool.js";

/** Releases of the tools for all architectures, each file once. */
export function releasesOf(tools: readonly Tool[]): Release[] {
  const all = tools.flatMap(({ release }) => (release ? architectures.map(release) : []));
  return [...new Map(all.map((release) => [release.url, release])).values()];
}

/**
 * Writes the SHA-256 of every release: the published one, or where none is published that of the file as it is now.
 *
 * @param file Default: releases.json.
 * @returns how many were new.
 * @throws UserError if one cannot be had, or if a pinned release has another sum now; nothing is then written.
 */
export async function pinReleases(
  tools: readonly Tool[],
  options: DownloadOptions & { file?: string } = {},
): Promise<number> {
  const { file = sumsFile } = options;
  const pinned = readSums(file);
  const releases = releasesOf(tools).sort((a, b) => (a.url < b.url ? -1 : 1));
  const sums: Sums = {};
  for (const release of releases) {
    const { url } = release;
    const sum = await currentSum(release, options);
    if (pinned[url] && pinned[url] !== sum) {
      throw new UserError(
        `${url} was replaced by its publisher: pinned is ${pinned[url]}, now it is ${sum}.\n` +
          `If that is right, remove its line from ${file} and pin again.`,
      );
    }
    sums[url] = sum;
  }
  writeFileSync(file, `${JSON.stringify(sums, null, 2)}\n`);
  return releases.filter(({ url }) => !pinned[url]).length;
}

async function currentSum(release: Release, options: DownloadOptions): Promise<string> {
  const folder = temporaryFolder();
  try {
    return (
      (await publishedSum(release, options)) ??
      (await download(release.url, join(folder.path, "file"), options))
    );
  } catch (error) {
    if (error instanceof DownloadError) throw new UserError(`Nothing was pinned: ${error.message}.`);
    throw error;
  } finally {
    folder.remove();
  }
}
