import { day, hours, scenarios, seconds, type Case } from "./scenario.js";

const k8s = '{job="restic_k8s_data"}';
const pg = '{job="pg_dump"}';
const size = (prefix: string) => `oci_bucket_size_bytes{job="oci_bucket",prefix="${prefix}"}`;
const limit = { oci_bucket_limit_bytes: `21474836480x${hours(40)}` };
const proved = (prefix: string) =>
  `backup_last_verified_restore_timestamp{job="restore_drill",prefix="${prefix}"}`;

const unmeasured: Omit<Case, "series"> = {
  silent: ["0m"],
  fires: { "10m": [{}, "The size of the bucket has not been reported for a day."] },
};

/** Alerts about the jobs of the nodes, the bucket and the restore drill. */
export const jobScenarios = scenarios({
  "BackupFailed: a run fails, the next one succeeds": {
    series: {
      [`backup_success${k8s}`]: `1x${hours(1)} 0x${hours(1)} 1x${hours(1)}`,
      [`backup_success${pg}`]: `1x${hours(3)}`,
    },
    silent: ["55m", "60m", "120m"],
    fires: { "65m": [{ job: "restic_k8s_data" }, "The last run of restic_k8s_data failed."] },
  },
  "BackupFailed: a job has never reported, then it does": {
    series: {
      [`backup_success${k8s}`]: `1x${hours(3)}`,
      [`backup_success${pg}`]: `_x${hours(1)} 1x${hours(2)}`,
    },
    silent: ["0m", "65m"],
    fires: { "30m": [{ job: "pg_dump" }, "pg_dump has reported no result for a day."] },
  },
  "BackupFailed: a restart of the Pushgateway loses the result until the next run": {
    series: {
      [`backup_success${k8s}`]: `1x${hours(1)} _x${hours(23)} 1x${hours(1)}`,
      [`backup_success${pg}`]: `1x${hours(1)} _x${hours(29)}`,
    },
    silent: ["20h", "24h30m"],
    fires: { "27h30m": [{ job: "pg_dump" }, "pg_dump has reported no result for a day."] },
  },
  "BackupStale: 48 hours pass without success": {
    series: {
      [`backup_timestamp${k8s}`]: `0+300x${hours(60)}`,
      [`backup_timestamp${pg}`]: `0x${hours(56)} ${seconds(56)}x${hours(4)}`,
    },
    silent: ["47h", "48h", "56h5m"],
    fires: { "48h10m": [{ job: "pg_dump" }, "pg_dump last succeeded 2d 0h 10m 0s ago."] },
  },
  "BackupStale: a job has never succeeded": {
    series: {
      [`backup_timestamp${k8s}`]: `0+300x${hours(3)}`,
      [`backup_timestamp${pg}`]: `_x${hours(1)} ${seconds(1)}x${hours(2)}`,
    },
    silent: ["65m"],
    fires: { "30m": [{ job: "pg_dump" }, "pg_dump has never succeeded."] },
  },
  "OCIBucketNearLimit: the bucket fills, and is pruned": {
    series: {
      ...limit,
      [size("velero")]: `9000000000x${hours(1)} 10000000000x${hours(1)} 8000000000x${hours(1)}`,
      [size("restic-k8s")]: `9000000000x${hours(3)}`,
    },
    silent: ["55m", "2h5m"],
    fires: { "70m": [{}, "88 % of what it may hold is used; more than the free tier costs money."] },
  },
  "OCIBucketNearLimit: the size has never been reported": { series: limit, ...unmeasured },
  "OCIBucketNearLimit: the limit has never been reported": {
    series: { [size("velero")]: `1x${hours(3)}` },
    ...unmeasured,
  },
  "OCIRequestsNearLimit: more is asked of the bucket, then less": {
    series: {
      oci_bucket_requests_per_month_limit: `50000x${hours(9)}`,
      oci_bucket_requests_per_month: `42500x${hours(1)} 45000x${hours(4)} 30000x${hours(4)}`,
    },
    silent: ["55m", "1h30m", "5h5m"],
    fires: { "2h5m": [{}, "90 % of a month's free requests are expected to be used."] },
  },
  "OCIBucketStatsStale: the bucket is not measured for two days": {
    series: {
      'push_time_seconds{job="oci_bucket"}': `0x${hours(50)} ${seconds(50)}x${hours(2)}`,
      'push_time_seconds{job="something_else"}': `0x${hours(52)}`,
    },
    silent: ["48h", "50h5m"],
    fires: { "48h10m": [{ job: "oci_bucket" }, "It was last measured 2d 0h 10m 0s ago."] },
  },
  "RestoreDrillFailed: a drill fails, the next one succeeds": {
    series: { 'restore_drill_success{job="restore_drill"}': `1x${hours(1)} 0x${hours(1)} 1x${hours(1)}` },
    silent: ["55m", "2h"],
    fires: { "1h5m": [{ job: "restore_drill" }, "The last drill did not bring back what was saved."] },
  },
  "RestoreNotProven: 35 days pass without a verified restore of one folder": {
    minutes: 30,
    series: {
      [proved("restic-k8s")]: `0+1800x${hours(37 * day, 30)}`,
      [proved("velero")]: `0+1800x${hours(37 * day, 30)}`,
      [proved("pg-dump")]: `0x${hours(36 * day, 30)} ${seconds(36 * day)}x${hours(day, 30)}`,
    },
    silent: ["34d", "35d", "36d5m"],
    fires: {
      "35d2h": [
        { job: "restore_drill", prefix: "pg-dump" },
        "A restore from pg-dump was last verified 35d 2h 0m 0s ago.",
      ],
    },
  },
  "RestoreNotProven: no restore of one folder has been verified": {
    series: {
      [proved("restic-k8s")]: `0+300x${hours(3)}`,
      [proved("velero")]: `0+300x${hours(3)}`,
      [proved("pg-dump")]: `_x${hours(2)} 7200x${hours(1)}`,
    },
    silent: ["30m", "2h5m"],
    fires: { "65m": [{ prefix: "pg-dump" }, "No restore from pg-dump has been verified yet."] },
  },
  "RestoreNotProven: no restore by Velero has been verified, and the last one gets old": {
    minutes: 30,
    series: {
      [proved("restic-k8s")]: `0+1800x${hours(38 * day, 30)}`,
      [proved("pg-dump")]: `0+1800x${hours(38 * day, 30)}`,
      [proved("velero")]: `_x${hours(2, 30)} 7200x${hours(37 * day, 30)}`,
    },
    silent: ["30m", "2h5m", "35d"],
    fires: {
      "65m": [{ prefix: "velero" }, "No restore from velero has been verified yet."],
      "35d4h": [
        { job: "restore_drill", prefix: "velero" },
        "A restore from velero was last verified 35d 2h 0m 0s ago.",
      ],
    },
  },
});
