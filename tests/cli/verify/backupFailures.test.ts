import { gzipSync } from "node:zlib";
import { stringify } from "yaml";
import { named, workload } from "./fakeTarget.js";
import { claims, deployments } from "./addonClaims.js";

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
claims("Backup failures", "Backup jobs report", [
  [
    "they can",
    { [`${deployments("monitoring")}/prometheus-pushgateway`]: workload("p") },
    "proved",
    "Pushgateway 1 ready",
  ],
  [
    "they cannot",
    { [`${deployments("monitoring")}/prometheus-pushgateway`]: workload("p", 0) },
    "failed",
    "the Pushgateway has no pod ready",
  ],
  ["it is not there", {}, "unchecked", /prometheus-pushgateway; this program does not install it/],
]);
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
claims("Backup failures", "A Grafana dashboard", [
  [
    "it does",
    { [dashboards]: [named("backup", { data: { "backup.json": '"expr":"backup_success"' } })] },
    "proved",
    "ConfigMap monitoring/backup shows backup_success",
  ],
  [
    "there are others",
    { [dashboards]: [named("other", { data: { x: "{}" } })] },
    "failed",
    "no dashboard in monitoring shows backup_success",
  ],
  [
    "monitoring is off",
    {},
    "unchecked",
    /leave monitoring out/,
    { settings: { "monitoring.enabled": false } },
  ],
]);
