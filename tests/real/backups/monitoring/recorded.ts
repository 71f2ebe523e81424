/** The moment the series end at: 2026-01-01T00:00:00Z, in seconds. */
export const end = 1_767_225_600;

/** How long they are, in seconds. */
export const length = 3600;

const hour = 3600;
const schedules = ["backstage-daily", "harbor-daily"];

/**
 * What the node's jobs, the bucket's statistics and Velero report, as a Prometheus has it once the Pushgateway was
 * scraped: value by series.
 */
const series: Record<string, Record<string, number>> = {
  backup_success: { 'job="restic_k8s_data"': 1, 'job="restic_host"': 0, 'job="pg_dump"': 1 },
  backup_timestamp: {
    'job="restic_k8s_data"': end - 14 * hour,
    'job="restic_host"': end - 30 * hour,
    'job="pg_dump"': end - 50 * hour,
  },
  backup_duration_seconds: { 'job="restic_k8s_data"': 240, 'job="restic_host"': 65, 'job="pg_dump"': 9 },
  backup_files_new: { 'job="restic_k8s_data"': 120, 'job="restic_host"': 14 },
  backup_files_changed: { 'job="restic_k8s_data"': 31, 'job="restic_host"': 7 },
  pg_dump_size_bytes: { 'job="pg_dump"': 31_457_280 },
  backup_last_verified_restore_timestamp: Object.fromEntries(
    ["restic-k8s", "restic-host", "pg-dump", "velero"].map((prefix) => [
      `job="restore_drill",prefix="${prefix}"`,
      end - 90 * hour,
    ]),
  ),
  oci_bucket_size_bytes: {
    'job="oci_bucket",prefix="velero"': 2_000_000_000,
    'job="oci_bucket",prefix="restic-k8s"': 3_000_000_000,
    'job="oci_bucket",prefix="restic-host"': 800_000_000,
    'job="oci_bucket",prefix="pg-dump"': 400_000_000,
  },
  oci_bucket_object_count: {
    'job="oci_bucket",prefix="velero"': 900,
    'job="oci_bucket",prefix="restic-k8s"': 400,
    'job="oci_bucket",prefix="restic-host"': 150,
    'job="oci_bucket",prefix="pg-dump"': 60,
  },
  oci_bucket_limit_bytes: { 'job="oci_bucket"': 21_474_836_480 },
  oci_bucket_requests_per_month: { 'job="oci_bucket"': 20_000 },
  oci_bucket_requests_per_month_limit: { 'job="oci_bucket"': 50_000 },
  velero_backup_last_successful_timestamp: Object.fromEntries(
    [...schedules, ""].map((schedule) => [
      `namespace="velero",job="velero",schedule="${schedule}"`,
      end - 22 * hour,
    ]),
  ),
};

/** All of it as OpenMetrics, one sample a minute. */
export function openMetrics(): string {
  const times = Array.from({ length: length / 60 + 1 }, (_, minute) => end - length + minute * 60);
  const families = Object.entries(series).map(([metric, values]) => [
    `# TYPE ${metric} gauge`,
    ...Object.entries(values).flatMap(([labels, value]) =>
      times.map((time) => `${metric}{${labels}} ${value} ${time}`),
    ),
  ]);
  return `${families.flat().join("\n")}\n# EOF\n`;
}
