import { staleHours } from "../../../../components/backups/staleness.js";
import { ApiError } from "../../../../stacks/kubernetes/apiError.js";
import type { Target } from "../../cluster/target.js";

/** What a job last pushed: the time of its last success, in seconds since 1970, and whether the last run succeeded. */
export interface JobReport {
  succeeded: boolean;
  lastSuccess: number | undefined;
}

interface PushedGroup {
  labels: Record<string, string>;
  [metric: string]: unknown;
}

/**
 * What the Pushgateway holds of each job, by the label job; undefined where it does not answer. It is asked through the API
 * server, so that nothing has to reach it from here (https://github.com/prometheus/pushgateway#query-api).
 */
export async function pushedReports({
  api,
  settings,
}: Pick<Target, "api" | "settings">): Promise<Map<string, JobReport> | undefined> {
  const { namespace } = settings.monitoring;
  const path = `/api/v1/namespaces/${namespace}/services/http:prometheus-pushgateway:9091/proxy/api/v1/metrics`;
  const { status, body } = await api.request({ path, proxied: true });
  // It has no pod, or does not answer the API server.
  if ([404, 502, 503, 504].includes(status)) return undefined;
  if (status !== 200) throw new ApiError(status, body, "GET the results of the backup jobs");
  const { data } = JSON.parse(body) as { data: PushedGroup[] };
  const reports = new Map<string, JobReport>();
  for (const group of data.filter((group) => group["backup_success"] !== undefined)) {
    const job = group.labels["job"]!;
    const others = reports.get(job);
    const successes = valuesOf(group["backup_success"]);
    const times = valuesOf(group["backup_timestamp"]);
    if (others?.lastSuccess !== undefined) times.push(others.lastSuccess);
    reports.set(job, {
      // Of several series, as of nodes that report under one name, each counts.
      succeeded:
        successes.length > 0 && successes.every((value) => value === 1) && (others?.succeeded ?? true),
      lastSuccess: times.length > 0 ? Math.min(...times) : undefined,
    });
  }
  return reports;
}

function valuesOf(metric: unknown): number[] {
  const series = (metric as { metrics?: { value: string }[] } | undefined)?.metrics ?? [];
  return series.map(({ value }) => Number(value)).filter(Number.isFinite);
}

/** What is wrong with a job's report: none, a failure, or a last success that is too long ago. */
export function reportProblem(
  job: string,
  report: JobReport | undefined,
  now = Date.now(),
): string | undefined {
  if (!report) return `${job} has never reported`;
  if (!report.succeeded) return `the last run of ${job} failed`;
  if (report.lastSuccess === undefined) return `${job} does not say when it last succeeded`;
  const age = (now / 1000 - report.lastSuccess) / 3600;
  // By more than clocks differ: milliseconds, say, which would be fresh for ever.
  if (age < -1) return `the last success of ${job} lies in the future`;
  return age > staleHours ? `the last success of ${job} is ${Math.floor(age)} hours ago` : undefined;
}
