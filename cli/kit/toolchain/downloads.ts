import { join } from "node:path";
import type { Progress } from "../progress.js";
import { titles } from "./build.js";
import { DownloadError, type DownloadOptions } from "./download.js";
import { readSums, unpackRelease, type Sums } from "./install.js";
import { currentArchitecture, type Release } from "./pinnedTool.js";
import { isPinned, type ToolLocation } from "./toolLocation.js";
import { fill, groups } from "./scratch.js";

const minute = 60_000;

export interface DownloadsOptions extends DownloadOptions {
  progress: Progress;
  /** File with the pinned sums. Default: releases.json. */
  sums?: string;
}

/**
 * Downloads the releases of tools side by side. What fails is said and stays open, to be built. Releases are for Linux.
 */
export async function downloadAll(locations: ToolLocation[], options: DownloadsOptions): Promise<void> {
  const architecture = currentArchitecture();
  const published = architecture ? locations.filter(({ tool }) => tool.release) : [];
  if (!architecture || published.length === 0) return;
  const { progress } = options;
  progress.step(`downloading ${published.length} of ${locations.length} tools`);

  const sums = readSums(options.sums);
  // Later than that, everything could have been built.
  const limit = Math.max(
    minute,
    published.reduce((sum, { tool }) => sum + tool.buildMinutes * minute, 0),
  );
  const silent = new Set<string>();
  const unpinned: ToolLocation[] = [];
  const release = ({ tool }: ToolLocation) => tool.release!(architecture);
  const onWait = (waiting: ToolLocation[]) => () =>
    progress.step(`waiting for another process that gets ${titles(waiting.map(({ tool }) => tool))}`);

  const downloadOne = async (same: ToolLocation[], scratch: string) => {
    try {
      await install(same, release(same[0]!).url, release, scratch, sums, { limit, ...options });
      if (!sums[release(same[0]!).url]) unpinned.push(...same);
    } catch (error) {
      if (!(error instanceof DownloadError)) throw error;
      if (error.host) silent.add(error.host);
      else progress.note(`${error.message}. ${titles(same.map(({ tool }) => tool))}: built from source.`);
    }
  };
  await Promise.all(
    groups(published, ({ module }) => module).map((ofModule) =>
      fill(ofModule, onWait(ofModule), async (open, scratch) => {
        await Promise.all(
          groups(open, (location) => release(location).url).map((same) => downloadOne(same, scratch)),
        );
      }),
    ),
  );
  if (silent.size > 0) {
    const hosts = [...silent].sort().join(", ");
    progress.note(`No answer from ${hosts}. What would be downloaded there is built from source.`);
  }
  if (unpinned.length > 0) {
    const names = titles(unpinned.map(({ tool }) => tool));
    progress.note(`Not pinned yet, compared with the SHA-256 that its publisher names: ${names}.`);
  }
}

/** Puts the tools of one file in their places. */
async function install(
  same: ToolLocation[],
  url: string,
  release: (location: ToolLocation) => Release,
  scratch: string,
  sums: Sums,
  options: DownloadOptions,
): Promise<void> {
  const file = (location: ToolLocation) => join(scratch, `${location.tool.name}.new`);
  const binaries = same.map((location) => ({ member: release(location).member, file: file(location) }));
  const archive = join(scratch, `${same[0]!.tool.name}.download`);
  const sum = await unpackRelease(release(same[0]!), binaries, archive, sums[url], options);
  for (const location of same) {
    if (!(await isPinned(location.tool, file(location)))) {
      throw new DownloadError(`${url} does not run here as ${location.tool.title}`);
    }
    location.put(file(location), sum);
  }
}
