import { day, hours, one, seconds, type Scenario } from "./scenario.js";

const success = (schedule: string) => `velero_backup_last_successful_timestamp{schedule="${schedule}"}`;
const location = 'velero_backup_location_status_gauge{backup_location_name="default"}';
const certificate = (metric: string, condition?: string) =>
  `certmanager_certificate_${metric}{name="harbor-tls",exported_namespace="harbor",namespace="cert-manager"${
    condition === undefined ? "" : `,condition="${condition}"`
  }}`;
const server = (metric: string, instance: string) => `apiserver_audit_${metric}{instance="${instance}"}`;

/** Alerts about Velero, certificates and the audit log. */
export const clusterScenarios: Scenario[] = [
  {
    alert: "VeleroBackupFailed",
    title: "a scheduled backup fails, one by hand as well",
    series: {
      'velero_backup_last_status{schedule="daily"}': `1x${hours(1)} 0x${hours(1)} 1x${hours(1)}`,
      'velero_backup_last_status{schedule="weekly"}': `1x${hours(3)}`,
      'velero_backup_last_status{schedule=""}': `0x${hours(3)}`,
    },
    checks: [
      ["55m", []],
      ["65m", one({ schedule: "daily" }, "The last backup of the schedule daily did not complete.")],
      ["2h", []],
    ],
  },
  {
    alert: "VeleroBackupStale",
    title: "a day more than the schedule's own pause passes",
    series: {
      [success("daily")]: `0x${hours(49)} ${seconds(49)}+300x${hours(8 * day)}`,
      [success("weekly")]: `0x${hours(9 * day)}`,
    },
    checks: [
      ["48h", []],
      [
        "48h30m",
        one({ schedule: "daily" }, "The schedule daily last made a complete backup 2d 0h 30m 0s ago."),
      ],
      ["49h5m", []],
      ["8d", []],
      [
        "8d1h",
        one({ schedule: "weekly" }, "The schedule weekly last made a complete backup 8d 1h 0m 0s ago."),
      ],
    ],
  },
  {
    alert: "VeleroBackupStale",
    title: "a schedule has never made a backup",
    series: { [success("daily")]: `0+300x${hours(2)}` },
    checks: [
      ["10m", []],
      ["20m", one({ schedule: "weekly" }, "The schedule weekly has never made a complete backup.")],
    ],
  },
  {
    alert: "VeleroStorageUnavailable",
    title: "the bucket cannot be reached for a while",
    series: { [location]: `1x${hours(1)} 0x${hours(1)} 1x${hours(1)}` },
    checks: [
      ["55m", []],
      ["1h10m", []],
      ["1h20m", one({ backup_location_name: "default" }, "The storage location default is unavailable.")],
      ["2h", []],
    ],
  },
  {
    alert: "VeleroStorageUnavailable",
    title: "Velero reports nothing",
    series: {},
    checks: [["20m", one({}, "Velero has reported nothing for an hour.")]],
  },
  {
    alert: "CertificateNotReady",
    title: "a certificate stays unready, and is issued",
    series: {
      [certificate("ready_status", "True")]: `1x${hours(1)} 0x${hours(1)} 1x${hours(1)}`,
      [certificate("ready_status", "False")]: `0x${hours(1)} 1x${hours(1)} 0x${hours(1)}`,
    },
    checks: [
      ["55m", []],
      ["1h25m", []],
      [
        "1h35m",
        one(
          { name: "harbor-tls", exported_namespace: "harbor", condition: "False" },
          "harbor/harbor-tls is not issued, has expired, or is not there.",
        ),
      ],
      ["2h", []],
    ],
  },
  {
    alert: "CertificateNotReady",
    title: "cert-manager knows no such certificate",
    series: {},
    checks: [
      ["25m", []],
      [
        "35m",
        one(
          { name: "harbor-tls", exported_namespace: "harbor" },
          "harbor/harbor-tls is not issued, has expired, or is not there.",
        ),
      ],
    ],
  },
  {
    alert: "CertificateExpiresSoon",
    title: "a certificate is renewed only eleven days before its end",
    series: {
      [certificate("expiration_timestamp_seconds")]:
        `_x${hours(1)} 0x${hours(day)} ${seconds(20 * day)}x${hours(8 * day)} ${seconds(100 * day)}x${hours(day)}`,
    },
    checks: [
      ["12h", []],
      ["5d", []],
      [
        "6d2h",
        one(
          { name: "harbor-tls", exported_namespace: "harbor" },
          "harbor/harbor-tls expires at 1970-01-21 00:00:00 +0000 UTC.",
        ),
      ],
      ["9d2h", []],
    ],
  },
  {
    alert: "CloudflareTokenExpiresSoon",
    title: "30 days are left, and then none",
    minutes: 30,
    series: {},
    checks: [
      ["19d", []],
      ["20d", []],
      ...["20d2h", "51d"].map((time): Scenario["checks"][0] => [
        time,
        one({}, "It expires on 1970-02-20T00:00:00Z; without it no certificate is renewed."),
      ]),
    ],
  },
  {
    alert: "AuditLogSilent",
    title: "one of two API servers stops writing, and goes on",
    series: {
      [server("event_total", "a:6443")]: `0+50x${hours(1)} 600x${hours(1)} 650+50x${hours(1)}`,
      [server("event_total", "b:6443")]: `0+50x${hours(3)}`,
    },
    checks: [
      ["55m", []],
      ["1h5m", []],
      [
        "1h30m",
        one(
          { instance: "a:6443" },
          "The API server a:6443 has made no audit event for a quarter of an hour.",
        ),
      ],
      ["2h5m", []],
    ],
  },
  {
    alert: "AuditLogSilent",
    title: "no API server says anything of audit events",
    series: {},
    checks: [
      ["5m", []],
      ["15m", one({}, "No API server has reported audit events for a quarter of an hour.")],
    ],
  },
  {
    alert: "AuditEventsLost",
    title: "the disk of the log is full for some minutes",
    series: { [server("error_total", "a:6443")]: `0x${hours(1)} 7x${hours(1)}` },
    checks: [
      ["55m", []],
      ["1h", one({ instance: "a:6443" }, "The API server a:6443 could not write some audit events.")],
      ["1h20m", []],
    ],
  },
];
