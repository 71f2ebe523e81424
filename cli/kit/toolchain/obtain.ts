import { join } from "node:path";
import type { Progress } from "../progress.js";
import { commandName, goBuild, titles } from "./build.js";
import { downloadAll, type DownloadsOptions } from "./downloads.js";
import { Estimate } from "./estimate.js";
import type { ToolLocation } from "./toolLocation.js";
import { fill, groups } from "./scratch.js";

/** How often a build that takes minutes says that it is alive. */
const heartbeat = 15_000;
const minute = 60_000;

export interface ObtainOptions extends DownloadsOptions {
  /** Whether releases are downloaded. Default: unless TOOLS_FROM_SOURCE is set. */
  downloads?: boolean;
}

/**
 * Gets tools that are missing: downloads releases, and builds the rest, module by module.
 *
 * @throws UserError when one must be built and cannot.
 */
export async function obtain(missing: ToolLocation[], options: ObtainOptions): Promise<void> {
  if (options.downloads ?? !process.env["TOOLS_FROM_SOURCE"]) await downloadAll(missing, options);
  const open = missing.filter((location) => !location.isCurrent());
  const estimate = new Estimate(minutes(open));
  let done = missing.length - open.length;
  for (const ofModule of groups(open, ({ module }) => module)) {
    const first = done + 1;
    done += ofModule.length;
    const which = first === done ? `tool ${first}` : `tools ${first} to ${done}`;
    await build(ofModule, `${which} of ${missing.length}`, estimate, options.progress);
  }
}

async function build(
  locations: ToolLocation[],
  which: string,
  estimate: Estimate,
  progress: Progress,
): Promise<void> {
  const names = titles(locations.map(({ tool }) => tool));
  let took: number | undefined;
  const onWait = () => progress.step(`waiting for another process that builds ${names}`);
  await fill(locations, onWait, async (open, scratch) => {
    const tools = open.map(({ tool }) => tool);
    const start = performance.now();
    const elapsed = () => (performance.now() - start) / minute;
    let packages = 0;
    const say = (text: string) =>
      progress.step(`${text}; ${which}, ${estimate.left(minutes(locations), elapsed())}`);
    say(`building ${titles(tools)} from source`);
    const timer = setInterval(
      () => say(`building ${titles(tools)}: ${packages} packages compiled`),
      heartbeat,
    );
    try {
      await goBuild(tools, open[0]!.module, scratch, () => packages++);
    } finally {
      clearInterval(timer);
    }
    for (const location of open) location.put(join(scratch, commandName(location.tool)));
    took = elapsed();
  });
  estimate.finish(minutes(locations), took);
}

const minutes = (locations: ToolLocation[]) =>
  locations.reduce((sum, { tool }) => sum + tool.buildMinutes, 0);
