import { gunzipSync } from "node:zlib";
import { parse } from "yaml";
import { enabledBackupJobs } from "../../../stacks/settings/derived/backupJobs.js";
import { configName } from "../../../components/monitoring/alertReceivers.js";
import { receiverNames } from "../../../components/monitoring/alertRoute.js";
import { ruleName } from "../../../components/monitoring/alerts.js";
import { pushedReports, reportProblem, type JobReport } from "../checks/backups/reports.js";
import { failed, judged, proved, unchecked, type Concern, type Finding } from "../claim.js";
import { list, read, type KubeObject } from "../cluster/objects.js";
import type { Target } from "../cluster/target.js";
import { needsRealPods, notBrought } from "../cluster/workloads.js";

/** The page's alerts, and what the expression of each has to be about. */
const alerts: Record<string, RegExp[]> = {
  BackupFailed: [/backup_success/, /== *0/],
  BackupStale: [/backup_timestamp/, /172800|48 *\* *3600/],
  OCIBucketNearLimit: [/oci_bucket_size_bytes/, /0?\.85|85/],
};

const receivers = [receiverNames.critical, receiverNames.default];

const withoutMonitoring = unchecked("the stack's settings leave monitoring out (monitoring.enabled)");

export const backupFailures: Concern = {
  concern: "Backup failures",
  mitigation: "Prometheus alerts → Telegram + Gmail",
  claims: [
    { claim: "The alerts BackupFailed, BackupStale and OCIBucketNearLimit are in place", check: rules },
    { claim: "Backup jobs report to the Prometheus Pushgateway", check: pushgateway },
    { claim: "Alerts go to Telegram and Gmail", check: routing },
    { claim: "A Grafana dashboard shows the backups' health", check: dashboard },
  ],
};

type PrometheusRule = KubeObject & {
  spec: { groups?: { rules?: { alert?: string; expr: string | number }[] }[] };
};

async function rules({ api, settings }: Target): Promise<Finding> {
  const { enabled, namespace } = settings.monitoring;
  if (!enabled) return withoutMonitoring;
  const path = `/apis/monitoring.coreos.com/v1/namespaces/${namespace}/prometheusrules/${ruleName}`;
  const found = await read<PrometheusRule>(api, path);
  if (!found) return failed(`there is no PrometheusRule ${namespace}/${ruleName}`);
  const there = (found.spec.groups ?? []).flatMap(({ rules }) => rules ?? []);
  return judged(
    Object.entries(alerts).flatMap(([alert, parts]) => {
      const rule = there.find((rule) => rule.alert === alert);
      if (!rule) return [`there is no alert ${alert}`];
      return parts.every((part) => part.test(String(rule.expr)))
        ? []
        : [`${alert} is about something else: ${rule.expr}`];
    }),
    `${namespace}/${ruleName} has ${Object.keys(alerts).join(", ")}`,
  );
}

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
  if (!reports) return failed("the Pushgateway does not answer");
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
  if (!settings.monitoring.enabled) return withoutMonitoring;
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

interface Panel {
  targets?: { expr?: string }[];
  panels?: Panel[];
}

/** Whether a dashboard has a panel that asks for the backups' results, in a ConfigMap that Grafana's sidecar loads. */
async function dashboard({ api, settings }: Target): Promise<Finding> {
  const { enabled, namespace } = settings.monitoring;
  if (!enabled) return withoutMonitoring;
  const path = `/api/v1/namespaces/${namespace}/configmaps?labelSelector=grafana_dashboard`;
  const found = (await list<KubeObject & { data?: Record<string, string> }>(api, path)) ?? [];
  const shown = found.flatMap(({ metadata, data = {} }) => {
    const asked = Object.values(data).flatMap((json) => questionsOf(dashboardIn(json)));
    return asked.some((expression) => /\bbackup_success\b/.test(expression))
      ? [`ConfigMap ${namespace}/${metadata.name} has ${asked.length} questions, backup_success among them`]
      : [];
  });
  return shown.length > 0
    ? proved(shown[0]!)
    : failed(`no dashboard in ${namespace} has a panel that shows backup_success`);
}

function dashboardIn(json: string): Panel {
  try {
    return JSON.parse(json) as Panel;
  } catch {
    return {};
  }
}

/** Expressions of the panels, those in rows among them. */
function questionsOf({ panels = [], targets = [] }: Panel): string[] {
  return [...targets.flatMap(({ expr }) => expr ?? []), ...panels.flatMap(questionsOf)];
}
