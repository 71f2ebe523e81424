import { gunzipSync } from "node:zlib";
import { parse } from "yaml";
import { configName } from "../../../components/monitoring/alertReceivers.js";
import { receiverNames } from "../../../components/monitoring/alertRoute.js";
import { ruleName } from "../../../components/monitoring/alerts.js";
import { failed, judged, proved, unchecked, type Concern, type Finding } from "../claim.js";
import { list, read, type KubeObject } from "../cluster/objects.js";
import type { Target } from "../cluster/target.js";
import { notBrought } from "../cluster/workloads.js";

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

async function pushgateway({ api, settings }: Target): Promise<Finding> {
  const { namespace } = settings.monitoring;
  const path = `/apis/apps/v1/namespaces/${namespace}/deployments/prometheus-pushgateway`;
  const found = await read<{ status?: { readyReplicas?: number } }>(api, path);
  if (!found) return notBrought(`there is no Deployment ${namespace}/prometheus-pushgateway`);
  const ready = found.status?.readyReplicas ?? 0;
  return judged(ready > 0 ? [] : ["the Pushgateway has no pod ready"], `Pushgateway ${ready} ready`);
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

async function dashboard({ api, settings }: Target): Promise<Finding> {
  const { enabled, namespace } = settings.monitoring;
  if (!enabled) return withoutMonitoring;
  const path = `/api/v1/namespaces/${namespace}/configmaps?labelSelector=grafana_dashboard`;
  const found = (await list<KubeObject & { data?: Record<string, string> }>(api, path)) ?? [];
  const ours = found.find(({ data = {} }) =>
    Object.values(data).some((json) => json.includes("backup_success")),
  );
  return ours
    ? proved(`ConfigMap ${namespace}/${ours.metadata.name} shows backup_success`)
    : failed(`no dashboard in ${namespace} shows backup_success`);
}
