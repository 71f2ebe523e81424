import { dirname } from "node:path";
import { isFetched } from "../kit/charts.js";
import type { PlannedRelease } from "./providers/kubernetes/release.js";

/** The archives that releases were made of, a line each: chart, version, and where the archive is from. */
export function chartsUsed(releases: readonly PlannedRelease[]): string[] {
  return releases.flatMap(({ chart, version, name, namespace, archive, archiveVersion }) => {
    if (archive === undefined) return [];
    const shown = chart.slice(chart.lastIndexOf("/") + 1);
    const used = archiveVersion === undefined ? version : `${archiveVersion} in place of ${version}`;
    const origin = isFetched(archive) ? "its Go module" : dirname(archive);
    return [`${namespace}/${name}: ${shown} ${used}, from ${origin}`];
  });
}
