import { backupJobs, type BackupJob } from "../../../components/backups/backupAlerts.js";
import { jobUnits as units } from "../../../components/backups/node/units.js";
import type { Settings } from "../schema.js";

/** The daily backups that run on the node under these settings. */
export function enabledBackupJobs({ backups: { jobs } }: Pick<Settings, "backups">): BackupJob[] {
  return backupJobs.filter(
    ({ job }) => jobs.enabled && (job !== units.postgres.metrics || jobs.postgres.enabled),
  );
}
