import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Values } from "../../plan/providers/standIn.js";
import type { Helm } from "./helm.js";

/** Finds a chart on this machine, or brings it there; undefined where it cannot be had. */
export type ChartSource = (inputs: Values) => Promise<string | undefined>;

/**
 * Charts by where they are: a folder on this machine, an archive in the folders given, else from their repository, if that
 * may be asked.
 */
export function chartSource(
  archive: (chart: string, version: string) => string | undefined,
  helm: Helm,
  pull: { folder: string; seconds: number } | undefined,
): ChartSource {
  return async ({ chart, version, repositoryOpts }) => {
    if (existsSync(join(chart as string, "Chart.yaml"))) return chart as string;
    const found = archive(chart as string, version as string);
    if (found !== undefined || pull === undefined) return found;
    const name = (chart as string).slice((chart as string).lastIndexOf("/") + 1);
    const pulled = join(pull.folder, `${name}-${version}.tgz`);
    if (existsSync(pulled)) return pulled;
    const repository = repositoryOpts?.repo === undefined ? [] : ["--repo", repositoryOpts.repo as string];
    mkdirSync(pull.folder, { recursive: true });
    const unfinished = mkdtempSync(join(pull.folder, ".pull-"));
    const args = ["pull", chart as string, "--version", version as string, ...repository];
    try {
      await helm([...args, "--destination", unfinished], {
        signal: AbortSignal.timeout(pull.seconds * 1000),
      });
      // Renamed into place: an archive that arrived in part is none.
      renameSync(join(unfinished, `${name}-${version}.tgz`), pulled);
      return pulled;
    } catch {
      // Out of reach, so the release is recorded, and the report says so.
      return undefined;
    } finally {
      rmSync(unfinished, { recursive: true });
    }
  };
}
