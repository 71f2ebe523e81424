/** An alert that must be there, beside its severity and namespace. */
export interface Firing {
  labels: Record<string, string>;
  description: string;
}

/** Series from the epoch on, and which alerts there are at which times. */
export interface Scenario {
  alert: string;
  title: string;
  /** Values every five minutes, in promtool's notation, by series. */
  series: Record<string, string>;
  checks: [time: string, firing: Firing[]][];
}

/** What the rules of the scenarios are made for. */
export const args = {
  backupJobs: [
    { job: "restic_k8s_data", prefix: "restic-k8s" },
    { job: "pg_dump", prefix: "pg-dump" },
  ],
  provenPrefixes: ["velero"],
  schedules: [
    { name: "daily", cron: "0 2 * * *" },
    { name: "weekly", cron: "0 3 * * 0" },
  ],
  certificates: [{ name: "harbor-tls", namespace: "harbor" }],
  tokenExpiresOn: "1970-02-20T00:00:00Z", // day 50
};

/** As many samples as there are in a number of hours. */
const hours = (count: number) => count * 12 - 1;
const day = 24;
const seconds = (count: number) => count * 3600;

const k8s = '{job="restic_k8s_data"}';
const pg = '{job="pg_dump"}';
const size = (prefix: string) => `oci_bucket_size_bytes{job="oci_bucket",prefix="${prefix}"}`;
const limit = { oci_bucket_limit_bytes: `21474836480x${hours(40)}` };
const proved = (prefix: string) =>
  `backup_last_verified_restore_timestamp{job="restore_drill",prefix="${prefix}"}`;
const success = (schedule: string) => `velero_backup_last_successful_timestamp{schedule="${schedule}"}`;
const location = 'velero_backup_location_status_gauge{backup_location_name="default"}';
const certificate = (metric: string, condition?: string) =>
  `certmanager_certificate_${metric}{name="harbor-tls",exported_namespace="harbor",namespace="cert-manager"${
    condition === undefined ? "" : `,condition="${condition}"`
  }}`;
const server = (metric: string, instance: string) => `apiserver_audit_${metric}{instance="${instance}"}`;

const one = (labels: Record<string, string>, description: string): Firing[] => [{ labels, description }];

export const scenarios: Scenario[] = [
  {
    alert: "BackupFailed",
    title: "a run fails, the next one succeeds",
    series: {
      [`backup_success${k8s}`]: `1x${hours(1)} 0x${hours(1)} 1x${hours(1)}`,
      [`backup_success${pg}`]: `1x${hours(3)}`,
    },
    checks: [
      ["55m", []],
      ["60m", []],
      ["65m", one({ job: "restic_k8s_data" }, "The last run of restic_k8s_data failed.")],
      ["120m", []],
    ],
  },
  {
    alert: "BackupFailed",
    title: "a job has never reported, then it does",
    series: {
      [`backup_success${k8s}`]: `1x${hours(3)}`,
      [`backup_success${pg}`]: `_x${hours(1)} 1x${hours(2)}`,
    },
    checks: [
      ["0m", []],
      ["30m", one({ job: "pg_dump" }, "pg_dump has reported no result for a day.")],
      ["65m", []],
    ],
  },
  {
    alert: "BackupFailed",
    title: "a restart of the Pushgateway loses the result until the next run",
    series: {
      [`backup_success${k8s}`]: `1x${hours(1)} _x${hours(23)} 1x${hours(1)}`,
      [`backup_success${pg}`]: `1x${hours(1)} _x${hours(29)}`,
    },
    checks: [
      ["20h", []],
      ["24h30m", []],
      ["27h30m", one({ job: "pg_dump" }, "pg_dump has reported no result for a day.")],
    ],
  },
  {
    alert: "BackupStale",
    title: "48 hours pass without success",
    series: {
      [`backup_timestamp${k8s}`]: `0+300x${hours(60)}`,
      [`backup_timestamp${pg}`]: `0x${hours(56)} ${seconds(56)}x${hours(4)}`,
    },
    checks: [
      ["47h", []],
      ["48h", []],
      ["48h10m", one({ job: "pg_dump" }, "pg_dump last succeeded 2d 0h 10m 0s ago.")],
      ["56h5m", []],
    ],
  },
  {
    alert: "BackupStale",
    title: "a job has never succeeded",
    series: {
      [`backup_timestamp${k8s}`]: `0+300x${hours(3)}`,
      [`backup_timestamp${pg}`]: `_x${hours(1)} ${seconds(1)}x${hours(2)}`,
    },
    checks: [
      ["30m", one({ job: "pg_dump" }, "pg_dump has never succeeded.")],
      ["65m", []],
    ],
  },
  {
    alert: "OCIBucketNearLimit",
    title: "the bucket fills, and is pruned",
    series: {
      ...limit,
      [size("velero")]: `9000000000x${hours(1)} 10000000000x${hours(1)} 8000000000x${hours(1)}`,
      [size("restic-k8s")]: `9000000000x${hours(3)}`,
    },
    checks: [
      ["55m", []],
      ["70m", one({}, "88 % of what it may hold is used; more than the free tier costs money.")],
      ["2h5m", []],
    ],
  },
  ...[
    { missing: "size", series: limit },
    { missing: "limit", series: { [size("velero")]: `1x${hours(3)}` } },
  ].map(({ missing, series }) => ({
    alert: "OCIBucketNearLimit",
    title: `the ${missing} has never been reported`,
    series,
    checks: [
      ["0m", []],
      ["10m", one({}, "The size of the bucket has not been reported for a day.")],
    ] as Scenario["checks"],
  })),
  {
    alert: "OCIRequestsNearLimit",
    title: "more is asked of the bucket, then less",
    series: {
      oci_bucket_requests_per_month_limit: `50000x${hours(9)}`,
      oci_bucket_requests_per_month: `42500x${hours(1)} 45000x${hours(4)} 30000x${hours(4)}`,
    },
    checks: [
      ["55m", []],
      ["1h30m", []],
      ["2h5m", one({}, "90 % of a month's free requests are expected to be used.")],
      ["5h5m", []],
    ],
  },
  {
    alert: "OCIBucketStatsStale",
    title: "the bucket is not measured for two days",
    series: {
      'push_time_seconds{job="oci_bucket"}': `0x${hours(50)} ${seconds(50)}x${hours(2)}`,
      'push_time_seconds{job="something_else"}': `0x${hours(52)}`,
    },
    checks: [
      ["48h", []],
      ["48h10m", one({ job: "oci_bucket" }, "It was last measured 2d 0h 10m 0s ago.")],
      ["50h5m", []],
    ],
  },
  {
    alert: "RestoreDrillFailed",
    title: "a drill fails, the next one succeeds",
    series: { 'restore_drill_success{job="restore_drill"}': `1x${hours(1)} 0x${hours(1)} 1x${hours(1)}` },
    checks: [
      ["55m", []],
      ["1h5m", one({ job: "restore_drill" }, "The last drill did not bring back what was saved.")],
      ["2h", []],
    ],
  },
  {
    alert: "RestoreNotProven",
    title: "35 days pass without a verified restore of one folder",
    series: {
      [proved("restic-k8s")]: `0+300x${hours(37 * day)}`,
      [proved("velero")]: `0+300x${hours(37 * day)}`,
      [proved("pg-dump")]: `0x${hours(36 * day)} ${seconds(36 * day)}x${hours(day)}`,
    },
    checks: [
      ["34d", []],
      ["35d", []],
      [
        "35d2h",
        one(
          { job: "restore_drill", prefix: "pg-dump" },
          "A restore from pg-dump was last verified 35d 2h 0m 0s ago.",
        ),
      ],
      ["36d5m", []],
    ],
  },
  {
    alert: "RestoreNotProven",
    title: "no restore of one folder has been verified",
    series: {
      [proved("restic-k8s")]: `0+300x${hours(3)}`,
      [proved("velero")]: `0+300x${hours(3)}`,
      [proved("pg-dump")]: `_x${hours(2)} 7200x${hours(1)}`,
    },
    checks: [
      ["30m", []],
      ["65m", one({ prefix: "pg-dump" }, "No restore from pg-dump has been verified yet.")],
      ["2h5m", []],
    ],
  },
  {
    alert: "RestoreNotProven",
    title: "no restore by Velero has been verified, and the last one gets old",
    series: {
      [proved("restic-k8s")]: `0+300x${hours(38 * day)}`,
      [proved("pg-dump")]: `0+300x${hours(38 * day)}`,
      [proved("velero")]: `_x${hours(2)} 7200x${hours(37 * day)}`,
    },
    checks: [
      ["30m", []],
      ["65m", one({ prefix: "velero" }, "No restore from velero has been verified yet.")],
      ["2h5m", []],
      ["35d", []],
      [
        "35d4h",
        one(
          { job: "restore_drill", prefix: "velero" },
          "A restore from velero was last verified 35d 2h 0m 0s ago.",
        ),
      ],
    ],
  },
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
