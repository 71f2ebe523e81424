import { sampleName } from "../../../components/backups/restoreSampleNames.js";
import { drillsVelero } from "../derived/drill.js";
import type { Settings } from "../schema.js";
import type { Report } from "./index.js";

/** Backup jobs, their node and their folders. */
export function backupRules(settings: Settings, report: Report): void {
  backupNodeExists(settings, report);
  drillHasItsSchedule(settings, report);
  foldersAreNotLeftOut(settings, report);
}

function backupNodeExists({ cluster, backups }: Settings, report: Report): void {
  const { node } = backups.jobs;
  const names = cluster.nodes.map(({ name }) => name);
  if (node !== undefined && !names.includes(node)) {
    report(["backups", "jobs", "node"], `"${node}" is not one of cluster.nodes: ${names.join(", ")}`);
  }
}

function drillHasItsSchedule(settings: Settings, report: Report): void {
  if (!drillsVelero(settings)) return;
  settings.backups.velero.schedules.forEach(({ name }, index) => {
    if (name !== sampleName) return;
    report(
      ["backups", "velero", "schedules", index, "name"],
      `"${name}" is the restore drill's; take another, or set backups.jobs.restoreDrill.velero.enabled: false`,
    );
  });
}

function foldersAreNotLeftOut({ backups }: Settings, report: Report): void {
  for (const part of ["volumes", "host"] as const) {
    const { paths, excludes } = backups.jobs[part];
    excludes.forEach((pattern, index) => {
      const folder = pattern.replace(/(\/\**)+$/, "");
      const path = paths.find((path) => path === folder || path.startsWith(`${folder}/`));
      if (folder.startsWith("/") && path)
        report(
          ["backups", "jobs", part, "excludes", index],
          `"${pattern}" leaves out all of ${path}, which is to be backed up`,
        );
    });
  }
}
