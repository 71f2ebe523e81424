import { day, hours, scenarios, seconds, type Firing } from "./scenario.js";

const success = (schedule: string) => `velero_backup_last_successful_timestamp{schedule="${schedule}"}`;
const location = 'velero_backup_location_status_gauge{backup_location_name="default"}';
const certificate = (metric: string, condition?: string) =>
  `certmanager_certificate_${metric}{name="harbor-tls",exported_namespace="harbor",namespace="cert-manager"${
    condition === undefined ? "" : `,condition="${condition}"`
  }}`;
const server = (metric: string, instance: string) => `apiserver_audit_${metric}{instance="${instance}"}`;

const unrenewed: Firing = [{}, "It expires on 1970-02-20T00:00:00Z; without it no certificate is renewed."];

/** Alerts about Velero, certificates and the audit log. */
export const clusterScenarios = scenarios({
  "VeleroBackupFailed: a scheduled backup fails, one by hand as well": {
    series: {
      'velero_backup_last_status{schedule="daily"}': `1x${hours(1)} 0x${hours(1)} 1x${hours(1)}`,
      'velero_backup_last_status{schedule="weekly"}': `1x${hours(3)}`,
      'velero_backup_last_status{schedule=""}': `0x${hours(3)}`,
    },
    silent: ["55m", "2h"],
    fires: { "65m": [{ schedule: "daily" }, "The last backup of the schedule daily did not complete."] },
  },
  "VeleroBackupStale: a day more than the schedule's own pause passes": {
    series: {
      [success("daily")]: `0x${hours(49)} ${seconds(49)}+300x${hours(8 * day)}`,
      [success("weekly")]: `0x${hours(9 * day)}`,
    },
    silent: ["48h", "49h5m", "8d"],
    fires: {
      "48h30m": [{ schedule: "daily" }, "The schedule daily last made a complete backup 2d 0h 30m 0s ago."],
      "8d1h": [{ schedule: "weekly" }, "The schedule weekly last made a complete backup 8d 1h 0m 0s ago."],
    },
  },
  "VeleroBackupStale: a schedule has never made a backup": {
    series: { [success("daily")]: `0+300x${hours(2)}` },
    silent: ["10m"],
    fires: { "20m": [{ schedule: "weekly" }, "The schedule weekly has never made a complete backup."] },
  },
  "VeleroStorageUnavailable: the bucket cannot be reached for a while": {
    series: { [location]: `1x${hours(1)} 0x${hours(1)} 1x${hours(1)}` },
    silent: ["55m", "1h10m", "2h"],
    fires: { "1h20m": [{ backup_location_name: "default" }, "The storage location default is unavailable."] },
  },
  "VeleroStorageUnavailable: Velero reports nothing": {
    series: {},
    fires: { "20m": [{}, "Velero has reported nothing for an hour."] },
  },
  "CertificateNotReady: a certificate stays unready, and is issued": {
    series: {
      [certificate("ready_status", "True")]: `1x${hours(1)} 0x${hours(1)} 1x${hours(1)}`,
      [certificate("ready_status", "False")]: `0x${hours(1)} 1x${hours(1)} 0x${hours(1)}`,
    },
    silent: ["55m", "1h25m", "2h"],
    fires: {
      "1h35m": [
        { name: "harbor-tls", exported_namespace: "harbor", condition: "False" },
        "harbor/harbor-tls is not issued, has expired, or is not there.",
      ],
    },
  },
  "CertificateNotReady: cert-manager knows no such certificate": {
    series: {},
    silent: ["25m"],
    fires: {
      "35m": [
        { name: "harbor-tls", exported_namespace: "harbor" },
        "harbor/harbor-tls is not issued, has expired, or is not there.",
      ],
    },
  },
  "CertificateExpiresSoon: a certificate is renewed only eleven days before its end": {
    series: {
      [certificate("expiration_timestamp_seconds")]:
        `_x${hours(1)} 0x${hours(day)} ${seconds(20 * day)}x${hours(8 * day)} ${seconds(100 * day)}x${hours(day)}`,
    },
    silent: ["12h", "5d", "9d2h"],
    fires: {
      "6d2h": [
        { name: "harbor-tls", exported_namespace: "harbor" },
        "harbor/harbor-tls expires at 1970-01-21 00:00:00 +0000 UTC.",
      ],
    },
  },
  "CloudflareTokenExpiresSoon: 30 days are left, and then none": {
    minutes: 30,
    series: {},
    silent: ["19d", "20d"],
    fires: { "20d2h": unrenewed, "51d": unrenewed },
  },
  "AuditLogSilent: one of two API servers stops writing, and goes on": {
    series: {
      [server("event_total", "a:6443")]: `0+50x${hours(1)} 600x${hours(1)} 650+50x${hours(1)}`,
      [server("event_total", "b:6443")]: `0+50x${hours(3)}`,
    },
    silent: ["55m", "1h5m", "2h5m"],
    fires: {
      "1h30m": [
        { instance: "a:6443" },
        "The API server a:6443 has made no audit event for a quarter of an hour.",
      ],
    },
  },
  "AuditLogSilent: no API server says anything of audit events": {
    series: {},
    silent: ["5m"],
    fires: { "15m": [{}, "No API server has reported audit events for a quarter of an hour."] },
  },
  "AuditEventsLost: the disk of the log is full for some minutes": {
    series: { [server("error_total", "a:6443")]: `0x${hours(1)} 7x${hours(1)}` },
    silent: ["55m", "1h20m"],
    fires: { "1h": [{ instance: "a:6443" }, "The API server a:6443 could not write some audit events."] },
  },
});
