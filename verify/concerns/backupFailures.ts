import { parse } from "yaml";
import { judged, proved, type Concern, type Finding } from "../claim.js";
import { list, read, type KubeObject } from "../objects.js";
import type { Target } from "../target.js";
import { notBrought } from "../workloads.js";

/** The page's alerts, and what the expression of each has to be about. */
const alerts: Record<string, RegExp[]> = {
  BackupFailed: [/backup_success/, /== *0/],
  BackupStale: [/backup_timestamp/, /172800|48 *\* *3600/],
  OCIBucketNearLimit: [/oci_bucket_size_bytes/, /0?\.85|85/],
};

const receivers = ["critical", "default"];

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
  const { namespace } = settings.monitoring;
  const path = `/apis/monitoring.coreos.com/v1/namespaces/${namespace}/prometheusrules/homelab-alerts`;
  const found = await read<PrometheusRule>(api, path);
  if (!found) return notBrought(`there is no PrometheusRule ${namespace}/homelab-alerts`);
  const there = (found.spec.groups ?? []).flatMap(({ rules }) => rules ?? []);
  return judged(
    Object.entries(alerts).flatMap(([alert, parts]) => {
      const rule = there.find((rule) => rule.alert === alert);
      if (!rule) return [`there is no alert ${alert}`];
      return parts.every((part) => part.test(String(rule.expr)))
        ? []
        : [`${alert} is about something else: ${rule.expr}`];
    }),
    `${namespace}/homelab-alerts has ${Object.keys(alerts).join(", ")}`,
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

/** The configuration holds the bot's token and the mailbox's password: only names and kinds are taken out of it. */
async function routing({ api, settings }: Target): Promise<Finding> {
  const { namespace, release } = settings.monitoring;
  const name = `alertmanager-${release}-alertmanager`;
  const secret = await read<{ data?: Record<string, string> }>(
    api,
    `/api/v1/namespaces/${namespace}/secrets/${name}`,
  );
  const text = secret?.data?.["alertmanager.yaml"];
  if (text === undefined) return notBrought(`there is no Secret ${namespace}/${name} with alertmanager.yaml`);
  const config = parse(Buffer.from(text, "base64").toString("utf8")) as Alertmanager;
  return judged(
    receivers.flatMap((name) => {
      const receiver = config.receivers?.find((receiver) => receiver.name === name);
      if (!receiver) return [`there is no receiver ${name}`];
      return [
        ...(receiver.telegram_configs?.length ? [] : [`the receiver ${name} has no Telegram`]),
        ...(receiver.email_configs?.length ? [] : [`the receiver ${name} has no e-mail`]),
      ];
    }),
    `the receivers ${receivers.join(" and ")} have both`,
  );
}

async function dashboard({ api, settings }: Target): Promise<Finding> {
  const { namespace } = settings.monitoring;
  const path = `/api/v1/namespaces/${namespace}/configmaps?labelSelector=grafana_dashboard`;
  const found = (await list<KubeObject & { data?: Record<string, string> }>(api, path)) ?? [];
  const ours = found.find(({ data = {} }) =>
    Object.values(data).some((json) => json.includes("backup_success")),
  );
  return ours
    ? proved(`ConfigMap ${namespace}/${ours.metadata.name} shows backup_success`)
    : notBrought(`no dashboard in ${namespace} shows backup_success`);
}
