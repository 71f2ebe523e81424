import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { stringify } from "yaml";
import { fakeTarget, findingOf, named, workload } from "./fakeTarget.js";
import { claims, deployments, simulated } from "./addonClaims.js";

const rule = "/apis/monitoring.coreos.com/v1/namespaces/monitoring/prometheusrules/homelab-alerts";
const good = [
  { alert: "BackupFailed", expr: "backup_success == 0" },
  { alert: "BackupStale", expr: "time() - backup_timestamp > 172800" },
  { alert: "OCIBucketNearLimit", expr: "sum(oci_bucket_size_bytes) / 21474836480 > 0.85" },
];
const rules = (list: object[]) => ({
  [rule]: named("homelab-alerts", { spec: { groups: [{ rules: list }] } }),
});
claims("Backup failures", "The alerts", [
  [
    "they are",
    rules(good),
    "proved",
    "monitoring/homelab-alerts has BackupFailed, BackupStale, OCIBucketNearLimit",
  ],
  ["one is missing", rules(good.slice(1)), "failed", "there is no alert BackupFailed"],
  [
    "one can never fire",
    rules([{ alert: "BackupFailed", expr: "vector(0)" }, ...good.slice(1)]),
    "failed",
    "BackupFailed is about something else: vector(0)",
  ],
  [
    "one is the wrong way round",
    rules([{ alert: "BackupFailed", expr: "backup_success == 1" }, ...good.slice(1)]),
    "failed",
    "BackupFailed is about something else: backup_success == 1",
  ],
  ["there are none", {}, "failed", "there is no PrometheusRule monitoring/homelab-alerts"],
  [
    "monitoring is off",
    {},
    "unchecked",
    /leave monitoring out/,
    { settings: { "monitoring.enabled": false } },
  ],
]);
const deployment = `${deployments("monitoring")}/prometheus-pushgateway`;
const pushed = "/api/v1/namespaces/monitoring/services/http:prometheus-pushgateway:9091/proxy/api/v1/metrics";
const hoursAgo = (hours: number) => Date.now() / 1000 - hours * 3600;
const job = (name: string, success = 1, hours = 5) => ({
  labels: { job: name },
  backup_success: { metrics: [{ value: String(success) }] },
  backup_timestamp: { metrics: [{ value: hoursAgo(hours).toExponential() }] },
});
const gateway = (...groups: object[]) => ({ [deployment]: workload("p"), [pushed]: { data: groups } });
const [volumes, host, postgres] = ["restic_k8s_data", "restic_host", "pg_dump"] as const;
claims("Backup failures", "Backup jobs report", [
  [
    "they do",
    gateway(job(volumes), job(host), job(postgres), { labels: { job: "oci_bucket" } }),
    "proved",
    /^restic_k8s_data 2\d{3}-.*Z, restic_host .*Z, pg_dump .*Z$/,
  ],
  [
    "none ever has",
    gateway(),
    "failed",
    "restic_k8s_data has never reported; restic_host has never reported; pg_dump has never reported",
  ],
  [
    "one failed",
    gateway(job(volumes, 0), job(host), job(postgres)),
    "failed",
    "the last run of restic_k8s_data failed",
  ],
  [
    "one stopped long ago",
    gateway(job(volumes), job(host, 1, 50), job(postgres)),
    "failed",
    "the last success of restic_host is 50 hours ago",
  ],
  [
    "one is not wanted",
    gateway(job(volumes), job(host)),
    "proved",
    /^restic_k8s_data .*, restic_host /,
    { settings: { "backups.jobs.postgres.enabled": false } },
  ],
  [
    "the Pushgateway does not answer",
    { [deployment]: workload("p") },
    "failed",
    "the Pushgateway does not answer",
  ],
  ["its pod is simulated", { [deployment]: workload("p") }, "unchecked", /answers nobody: no pod/, simulated],
  ["it has no pod", { [deployment]: workload("p", 0) }, "failed", "the Pushgateway has no pod ready"],
  ["it is not there", {}, "unchecked", /prometheus-pushgateway; this program does not install it/],
]);
it("Backup failures: a Pushgateway that may not be asked is no failure of the jobs", async () => {
  const answers = {
    [deployment]: workload("p"),
    [pushed]: () => ({ status: 403, body: '{"message":"forbidden"}' }),
  };
  await assert.rejects(findingOf("Backup failures", "Backup jobs report", fakeTarget(answers)), {
    message: "GET the results of the backup jobs: forbidden",
  });
});
const config =
  "/apis/monitoring.coreos.com/v1alpha1/namespaces/monitoring/alertmanagerconfigs/homelab-alerts";
const secret =
  "/api/v1/namespaces/monitoring/secrets/alertmanager-kube-prometheus-stack-alertmanager-generated";
const routing = (...receivers: object[]) => ({
  [config]: named("homelab-alerts"),
  [secret]: { data: { "alertmanager.yaml.gz": gzipSync(stringify({ receivers })).toString("base64") } },
});
const both = { telegram_configs: [{ bot_token: "s3cret" }], email_configs: [{}] };
const critical = { name: "monitoring/homelab-alerts/critical", ...both };
const other = { name: "monitoring/homelab-alerts/default", ...both };
const mail = { "monitoring.receivers.gmail": { address: "ops@example.com" } };
const toBoth = { settings: { ...mail, "monitoring.receivers.telegram": {} } };
claims("Backup failures", "Alerts go to", [
  [
    "they do",
    routing(critical, other),
    "proved",
    "the receivers critical and default have Telegram and e-mail",
    toBoth,
  ],
  [
    "by mail alone, as the settings say",
    routing({ ...critical, telegram_configs: [] }, other),
    "proved",
    "the receivers critical and default have e-mail",
    { settings: mail },
  ],
  [
    "one way is missing",
    routing({ ...critical, email_configs: [] }, { ...both, name: "default" }),
    "failed",
    "the receiver critical has no e-mail; Alertmanager has no receiver monitoring/homelab-alerts/default",
    toBoth,
  ],
  [
    "nobody reads the configuration",
    { [config]: named("homelab-alerts") },
    "unchecked",
    /^there is no Secret monitoring\/alertmanager-.*, so no operator has read homelab-alerts/,
    toBoth,
  ],
  [
    "there is no configuration",
    {},
    "failed",
    "there is no AlertmanagerConfig monitoring/homelab-alerts",
    toBoth,
  ],
  ["nobody is to be told", {}, "unchecked", /name nobody to tell/],
  [
    "monitoring is off",
    {},
    "unchecked",
    /leave monitoring out/,
    { settings: { "monitoring.enabled": false } },
  ],
]);
const dashboards = "/api/v1/namespaces/monitoring/configmaps";
const panel = { targets: [{ expr: "min by (job) (backup_success)" }] };
const dashboard = (content: unknown) => ({
  [dashboards]: [
    named("backup", {
      data: { "backup.json": typeof content === "string" ? content : JSON.stringify(content) },
    }),
  ],
});
claims("Backup failures", "A Grafana dashboard", [
  [
    "it does",
    dashboard({ panels: [panel, { targets: [{ expr: "up" }] }] }),
    "proved",
    "ConfigMap monitoring/backup has 2 questions, backup_success among them",
  ],
  ["it does, in a row", dashboard({ panels: [{ panels: [panel] }] }), "proved", /has 1 questions/],
  [
    "it has the word, and no panel",
    dashboard({ title: "backup_success" }),
    "failed",
    /^no dashboard in monitoring has a panel/,
  ],
  [
    "it is no dashboard",
    dashboard("todo: backup_success"),
    "failed",
    /^no dashboard in monitoring has a panel/,
  ],
  [
    "there are others",
    dashboard({}),
    "failed",
    "no dashboard in monitoring has a panel that shows backup_success",
  ],
  [
    "monitoring is off",
    {},
    "unchecked",
    /leave monitoring out/,
    { settings: { "monitoring.enabled": false } },
  ],
]);
