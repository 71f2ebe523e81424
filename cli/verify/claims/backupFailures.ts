import { enabledBackupJobs } from "../../../stacks/settings/derived/backupJobs.js";
import { pushedReports, reportProblem, type JobReport } from "../checks/backups/reports.js";
import { alertsFire } from "../checks/monitoring/alerts.js";
import { dashboardShows } from "../checks/monitoring/dashboard.js";
import { alertsArrive } from "../checks/monitoring/receivers.js";
import { failed, judged, unchecked, type Concern, type Finding } from "../claim.js";
import { read } from "../cluster/objects.js";
import type { Target } from "../cluster/target.js";
import { needsRealPods, notBrought } from "../cluster/workloads.js";

function withMonitoring(check: (target: Target) => Promise<Finding>) {
  return async (target: Target): Promise<Finding> =>
    target.settings.monitoring.enabled
      ? check(target)
      : unchecked("the stack's settings leave monitoring out (monitoring.enabled)");
}

export const backupFailures: Concern = {
  concern: "Backup failures",
  mitigation: "Prometheus alerts → Telegram + Gmail",
  claims: [
    {
      claim: "The alerts BackupFailed, BackupStale and OCIBucketNearLimit fire",
      check: withMonitoring(alertsFire),
    },
    { claim: "Backup jobs report to the Prometheus Pushgateway", check: pushgateway },
    { claim: "Alerts go to Telegram and Gmail", check: withMonitoring(alertsArrive) },
    { claim: "A Grafana dashboard shows the backups' health", check: withMonitoring(dashboardShows) },
  ],
};

/** Whether each job of the settings has pushed a result, and the last one in time. */
async function pushgateway(target: Target): Promise<Finding> {
  const { api, settings } = target;
  const { namespace } = settings.monitoring;
  const path = `/apis/apps/v1/namespaces/${namespace}/deployments/prometheus-pushgateway`;
  const found = await read<{ status?: { readyReplicas?: number } }>(api, path);
  if (!found) return notBrought(`there is no Deployment ${namespace}/prometheus-pushgateway`);
  if ((found.status?.readyReplicas ?? 0) === 0) return failed("the Pushgateway has no pod ready");
  const wanted = enabledBackupJobs(settings).map(({ job }) => job);
  if (wanted.length === 0) return unchecked("the stack's settings leave the jobs out (backups.jobs.enabled)");
  if (target.simulatedPods) return needsRealPods("the Pushgateway answers nobody");
  const reports = await pushedReports(target);
  if (!reports) return unchecked("the Pushgateway has a pod ready, but does not answer the API server");
  return judged(
    wanted.flatMap((job) => reportProblem(job, reports.get(job)) ?? []),
    wanted.map((job) => `${job} ${timeOf(reports.get(job))}`).join(", "),
  );
}

function timeOf({ lastSuccess = 0 }: Partial<JobReport> = {}): string {
  return new Date(lastSuccess * 1000).toISOString();
}
