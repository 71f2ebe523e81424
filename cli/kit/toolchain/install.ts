import { createReadStream, createWriteStream, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { extract } from "tar-stream";
import { download, DownloadError, downloadText, type DownloadOptions } from "./download.js";
import type { Release } from "./pinnedTool.js";

/** SHA-256 of releases by URL; `npm run tools -- --pin` writes it. */
export const sumsFile = fileURLToPath(new URL("releases.json", import.meta.url));

export type Sums = Record<string, string>;

export function readSums(file = sumsFile): Sums {
  return JSON.parse(readFileSync(file, "utf8")) as Sums;
}

/**
 * Downloads a release and unpacks binaries from it.
 *
 * @param binaries File for each member that is wanted; where the release is no archive, one file.
 * @param scratch File for the download.
 * @param pinned SHA-256 it must have. Default: the published one.
 * @returns the release's SHA-256.
 * @throws DownloadError also if the sum differs; no file is then written.
 */
export async function unpackRelease(
  release: Release,
  binaries: { member?: string; file: string }[],
  scratch: string,
  pinned: string | undefined,
  options: DownloadOptions,
): Promise<string> {
  const expected = pinned ?? (await publishedSum(release, options));
  if (expected === undefined) {
    throw new DownloadError(`${release.url}: its SHA-256 is neither pinned nor published`);
  }
  const sum = await download(release.url, scratch, options);
  if (sum !== expected) {
    throw new DownloadError(
      `${release.url} was refused: its SHA-256 is ${sum}, ${pinned ? "pinned" : "published"} is ${expected}`,
    );
  }
  for (const { member, file } of binaries) {
    if (member === undefined) await pipeline(createReadStream(scratch), executable(file));
    else await unpack(release.url, scratch, member, file);
  }
  return sum;
}

/**
 * SHA-256 that the publisher of a release names; undefined if none.
 *
 * @throws DownloadError
 */
export async function publishedSum(release: Release, options: DownloadOptions): Promise<string | undefined> {
  if (release.sums === undefined) return undefined;
  const text = await downloadText(release.sums, options);
  const name = release.url.split("/").at(-1);
  for (const line of text.split("\n")) {
    const [, sum, file] = /^([0-9a-f]{64})(?: [ *]?(\S+))?\s*$/.exec(line) ?? [];
    if (sum && (file === undefined || file.split("/").at(-1) === name)) return sum;
  }
  throw new DownloadError(`${release.sums} has no SHA-256 of ${name}`);
}

/** Writes one member to `file`. No path in an archive decides where anything is written. */
async function unpack(url: string, archive: string, member: string, file: string): Promise<void> {
  const entries = extract();
  const reading = pipeline(createReadStream(archive), createGunzip(), entries);
  // Awaited below; this keeps a failure from being unhandled until then.
  reading.catch(() => {});
  let found = false;
  try {
    for await (const entry of entries) {
      const isWanted = entry.header.type === "file" && entry.header.name.replace(/^\.\//, "") === member;
      if (isWanted) await pipeline(entry, executable(file));
      else entry.resume();
      found ||= isWanted;
    }
    await reading;
  } catch (error) {
    throw new DownloadError(`${url} cannot be unpacked: ${(error as Error).message}`);
  }
  if (!found) throw new DownloadError(`${url} has no file ${member}`);
}

const executable = (file: string) => createWriteStream(file, { mode: 0o755 });
