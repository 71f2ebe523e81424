import { gunzipSync } from "node:zlib";
import { parse } from "yaml";
import { enabledBackupJobs } from "../../../stacks/settings/derived/backupJobs.js";
import { configName } from "../../../components/monitoring/alertReceivers.js";
import { receiverNames } from "../../../components/monitoring/alertRoute.js";
import { pushedReports, reportProblem, type JobReport } from "../checks/backups/reports.js";
import { alertsFire } from "../checks/monitoring/alerts.js";
import { dashboardShows } from "../checks/monitoring/dashboard.js";
import { failed, judged, unchecked, type Concern, type Finding } from "../claim.js";
import { read } from "../cluster/objects.js";
import type { Target } from "../cluster/target.js";
import { needsRealPods, notBrought } from "../cluster/workloads.js";

const receivers = [receiverNames.critical, receiverNames.default];

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
    { claim: "Alerts go to Telegram and Gmail", check: withMonitoring(routing) },
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

interface Alertmanager {
  receivers?: { name: string; telegram_configs?: unknown[]; email_configs?: unknown[] }[];
}

/**
 * Alertmanager runs with what its operator made of all configurations; that holds the bot's token and the mailbox's
 * password, so only names and kinds are taken out of it.
 */
async function routing({ api, settings }: Target): Promise<Finding> {
  const { namespace, release, receivers: wanted } = settings.monitoring;
  if (!wanted.telegram && !wanted.gmail) {
    return unchecked("the stack's settings name nobody to tell (monitoring.receivers)");
  }
  const config = `/apis/monitoring.coreos.com/v1alpha1/namespaces/${namespace}/alertmanagerconfigs/${configName}`;
  if (!(await read(api, config))) return failed(`there is no AlertmanagerConfig ${namespace}/${configName}`);
  const name = `alertmanager-${release}-alertmanager-generated`;
  const secret = await read<{ data?: Record<string, string> }>(
    api,
    `/api/v1/namespaces/${namespace}/secrets/${name}`,
  );
  const packed = secret?.data?.["alertmanager.yaml.gz"];
  if (packed === undefined) {
    return notBrought(`there is no Secret ${namespace}/${name}, so no operator has read ${configName}`);
  }
  const generated = parse(gunzipSync(Buffer.from(packed, "base64")).toString("utf8")) as Alertmanager;
  return judged(
    receivers.flatMap((name) => {
      const receiver = generated.receivers?.find(
        (receiver) => receiver.name === `${namespace}/${configName}/${name}`,
      );
      if (!receiver) return [`Alertmanager has no receiver ${namespace}/${configName}/${name}`];
      return [
        ...(wanted.telegram && !receiver.telegram_configs?.length
          ? [`the receiver ${name} has no Telegram`]
          : []),
        ...(wanted.gmail && !receiver.email_configs?.length ? [`the receiver ${name} has no e-mail`] : []),
      ];
    }),
    `the receivers ${receivers.join(" and ")} have ${[
      ...(wanted.telegram ? ["Telegram"] : []),
      ...(wanted.gmail ? ["e-mail"] : []),
    ].join(" and ")}`,
  );
}
