import { addOnNamespaces } from "../common/addOnNamespaces.js";
import { scheduleStaleSeconds } from "./staleness.js";
import { type AlertGroup, exporters, ifAbsent, orAbsent } from "../monitoring/alert.js";

export interface VeleroAlertsArgs {
  /** Velero's Schedules: name, and when, as five cron fields in UTC. */
  schedules: readonly { name: string; cron: string }[];
}

/**
 * Alerts about Velero's own backups. Its gauges live as long as its server, which sets the time of the last success
 * again a minute after a start, from the Backups there are
 * (https://github.com/vmware-tanzu/velero/blob/v1.18.1/pkg/controller/backup_controller.go); the status of the last
 * run is forgotten, so a failure before a restart shows as a backup that gets old.
 */
export function veleroAlerts({ schedules }: VeleroAlertsArgs): AlertGroup[] {
  const kubectl = `kubectl -n ${addOnNamespaces.velero}`;
  const runbook = `velero backup get; velero backup describe --details NAME; ${kubectl} logs deployment/velero`;
  const lastSuccess = ({ name }: { name: string }) =>
    `velero_backup_last_successful_timestamp{schedule="${name}"}`;
  const location = {
    alert: "VeleroStorageUnavailable",
    expr: orAbsent("velero_backup_location_status_gauge == 0", "1h", ["velero_backup_location_status_gauge"]),
    for: "15m",
    severity: "critical" as const,
    summary: "Velero cannot reach the bucket",
    description: ifAbsent(
      "Velero has reported nothing for an hour.",
      "The storage location {{ $labels.backup_location_name }} is unavailable.",
    ),
    exporter: exporters.velero,
    runbook: `${kubectl} get backupstoragelocations; ${kubectl} logs deployment/velero`,
  };
  if (schedules.length === 0) return [{ name: "homelab.velero", alerts: [location] }];
  return [
    {
      name: "homelab.velero",
      alerts: [
        {
          alert: "VeleroBackupFailed",
          // Backups made by hand have no schedule; who makes one sees how it ends.
          expr: 'velero_backup_last_status{schedule!=""} == 0',
          for: "5m",
          severity: "critical",
          summary: "A backup by Velero failed, wholly or in part",
          description: "The last backup of the schedule {{ $labels.schedule }} did not complete.",
          exporter: exporters.velero,
          runbook,
        },
        {
          alert: "VeleroBackupStale",
          expr: [
            ...schedules.map(
              (schedule) => `time() - ${lastSuccess(schedule)} > ${scheduleStaleSeconds(schedule.cron)}`,
            ),
            ...schedules.map((schedule) => `absent_over_time(${lastSuccess(schedule)}[1h])`),
          ].join("\nor "),
          for: "15m",
          severity: "warning",
          summary: "There is no recent backup by Velero",
          description: ifAbsent(
            "The schedule {{ $labels.schedule }} has never made a complete backup.",
            "The schedule {{ $labels.schedule }} last made a complete backup {{ $value | humanizeDuration }} ago.",
          ),
          exporter: exporters.velero,
          runbook,
        },
        location,
      ],
    },
  ];
}
