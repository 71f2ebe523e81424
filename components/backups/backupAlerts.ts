import { type AlertGroup, exporters, ifAbsent, orAbsent } from "../monitoring/alert.js";
import { staleHours } from "./staleness.js";

/** A backup that runs on the node every day. */
export interface BackupJob {
  /** Label `job` of its metrics. */
  job: string;
  /** Folder of the bucket it fills. */
  prefix: string;
}

/** Volumes, host configuration, PostgreSQL. */
export const backupJobs: readonly BackupJob[] = [
  { job: "restic_k8s_data", prefix: "restic-k8s" },
  { job: "restic_host", prefix: "restic-host" },
  { job: "pg_dump", prefix: "pg-dump" },
];

/** Label `job` of the bucket's statistics. */
const bucketJob = "oci_bucket";

/** Part of the bucket's free space, or of its free requests, from which on there is an alert, in percent. */
export const nearLimitPercent = 85;

const hours = 3600;
const days = 24 * hours;

/** Seconds since the last success from which on a backup is stale. */
export const staleSeconds = staleHours * hours;

/** The jobs are daily: a series that a restart of the Pushgateway dropped is back before this is over. */
const dailyWindow = "26h";

const ofJob = (metric: string) => (backup: BackupJob) => `${metric}{job="${backup.job}"}`;

/**
 * Alerts about the backups of the node, the bucket and the proof that they can be restored. Without backups: none.
 *
 * @param provenPrefixes Folders of the bucket that the drill restores from as well, filled by anybody.
 */
export function backupAlerts(
  jobs: readonly BackupJob[] = backupJobs,
  provenPrefixes: readonly string[] = [],
): AlertGroup[] {
  if (jobs.length === 0) return [];
  const logs = "on the node: journalctl -u restic-k8s-backup -u restic-host-backup -u pg-dump --since -2d";
  return [
    {
      name: "homelab.backup",
      alerts: [
        {
          alert: "BackupFailed",
          expr: orAbsent("backup_success == 0", dailyWindow, jobs.map(ofJob("backup_success"))),
          for: "5m",
          severity: "critical",
          summary: "A backup failed, or has never reported",
          description: ifAbsent(
            "{{ $labels.job }} has reported no result for a day.",
            "The last run of {{ $labels.job }} failed.",
          ),
          exporter: exporters.pushgateway,
          runbook: `${logs}; then start the unit again with systemctl start`,
        },
        {
          alert: "BackupStale",
          expr: orAbsent(
            `time() - backup_timestamp > ${staleSeconds}`,
            `${staleHours}h`,
            jobs.map(ofJob("backup_timestamp")),
          ),
          for: "5m",
          severity: "warning",
          summary: "There is no recent backup",
          description: ifAbsent(
            "{{ $labels.job }} has never succeeded.",
            "{{ $labels.job }} last succeeded {{ $value | humanizeDuration }} ago.",
          ),
          exporter: exporters.pushgateway,
          runbook: `on the node: systemctl list-timers; ${logs}`,
        },
      ],
    },
    {
      name: "homelab.storage",
      alerts: [
        {
          alert: "OCIBucketNearLimit",
          expr: orAbsent(
            `100 * sum(oci_bucket_size_bytes) / max(oci_bucket_limit_bytes) > ${nearLimitPercent}`,
            dailyWindow,
            ["oci_bucket_size_bytes", "oci_bucket_limit_bytes"],
          ),
          for: "5m",
          severity: "warning",
          summary: "The bucket is nearly full",
          description: ifAbsent(
            "The size of the bucket has not been reported for a day.",
            '{{ $value | printf "%.0f" }} % of what it may hold is used; more than the free tier costs money.',
          ),
          exporter: exporters.pushgateway,
          runbook:
            "see which folder grew on the dashboard; shorten a retention, then restic forget --prune; deleted objects stay as previous versions for some days",
        },
        {
          alert: "OCIRequestsNearLimit",
          expr: `100 * sum(oci_bucket_requests_per_month) / max(oci_bucket_requests_per_month_limit) > ${nearLimitPercent}`,
          for: "1h",
          severity: "warning",
          summary: "The bucket is called too often",
          description: '{{ $value | printf "%.0f" }} % of a month\'s free requests are expected to be used.',
          exporter: exporters.pushgateway,
          runbook: "raise backups.velero.backupSyncPeriod and validationFrequency, or run a job less often",
        },
        {
          alert: "OCIBucketStatsStale",
          expr: `time() - push_time_seconds{job="${bucketJob}"} > ${staleSeconds}`,
          for: "5m",
          severity: "warning",
          summary: "The bucket's size is out of date",
          description: "It was last measured {{ $value | humanizeDuration }} ago.",
          exporter: exporters.pushgateway,
          runbook: "on the node: journalctl -u oci-bucket-stats --since -3d",
        },
      ],
    },
    {
      name: "homelab.restore",
      alerts: [
        {
          alert: "RestoreDrillFailed",
          expr: "restore_drill_success == 0",
          for: "5m",
          severity: "critical",
          summary: "A backup could not be restored",
          description: "The last drill did not bring back what was saved.",
          exporter: exporters.pushgateway,
          runbook:
            "on the node: journalctl -u restore-drill --since -8d; the backup it read is not to be trusted",
        },
        {
          alert: "RestoreNotProven",
          // A drill reports the folders it has verified, and drops those it could not.
          expr: orAbsent(
            `time() - backup_last_verified_restore_timestamp > ${35 * days}`,
            `${staleHours}h`,
            [...jobs.map(({ prefix }) => prefix), ...provenPrefixes].map(
              (prefix) => `backup_last_verified_restore_timestamp{prefix="${prefix}"}`,
            ),
          ),
          for: "1h",
          severity: "warning",
          summary: "It is not known whether a backup can be restored",
          description: ifAbsent(
            "No restore from {{ $labels.prefix }} has been verified yet.",
            "A restore from {{ $labels.prefix }} was last verified {{ $value | humanizeDuration }} ago.",
          ),
          exporter: exporters.pushgateway,
          runbook: "on the node: systemctl start restore-drill",
        },
      ],
    },
  ];
}
