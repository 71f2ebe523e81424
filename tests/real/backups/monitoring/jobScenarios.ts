import { day, hours, one, seconds, type Scenario } from "./scenario.js";

const k8s = '{job="restic_k8s_data"}';
const pg = '{job="pg_dump"}';
const size = (prefix: string) => `oci_bucket_size_bytes{job="oci_bucket",prefix="${prefix}"}`;
const limit = { oci_bucket_limit_bytes: `21474836480x${hours(40)}` };
const proved = (prefix: string) =>
  `backup_last_verified_restore_timestamp{job="restore_drill",prefix="${prefix}"}`;

/** Alerts about the jobs of the nodes, the bucket and the restore drill. */
export const jobScenarios: Scenario[] = [
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
    minutes: 30,
    series: {
      [proved("restic-k8s")]: `0+1800x${hours(37 * day, 30)}`,
      [proved("velero")]: `0+1800x${hours(37 * day, 30)}`,
      [proved("pg-dump")]: `0x${hours(36 * day, 30)} ${seconds(36 * day)}x${hours(day, 30)}`,
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
    minutes: 30,
    series: {
      [proved("restic-k8s")]: `0+1800x${hours(38 * day, 30)}`,
      [proved("pg-dump")]: `0+1800x${hours(38 * day, 30)}`,
      [proved("velero")]: `_x${hours(2, 30)} 7200x${hours(37 * day, 30)}`,
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
];
