import { sampleName, sampleNamespaces } from "../../../components/backups/restoreSampleNames.js";
import type { AddOnNamespace } from "../../../components/common/addOnNamespaces.js";
import type { VeleroSchedule } from "../../../components/backups/velero.js";
import type { Settings } from "../schema.js";

/** Whether the drill on the node restores what Velero has backed up. */
export function drillsVelero({ backups: { jobs } }: Pick<Settings, "backups">): boolean {
  return jobs.enabled && jobs.restoreDrill.velero.enabled;
}

/** The namespaces of that drill, which are always isolated. */
export function drillNamespaces(settings: Pick<Settings, "backups">): AddOnNamespace[] {
  return drillsVelero(settings) ? Object.values(sampleNamespaces) : [];
}

/** Velero's Schedules: those of the settings, and the drill's. */
export function veleroSchedules(settings: Pick<Settings, "backups">): VeleroSchedule[] {
  const { velero, jobs } = settings.backups;
  const { cron } = jobs.restoreDrill.velero;
  return [
    ...velero.schedules,
    // Kept for one drill and the next; nobody restores from them later.
    ...(drillsVelero(settings)
      ? [{ name: sampleName, namespaces: [sampleNamespaces.home], cron, ttl: "168h" }]
      : []),
  ];
}
