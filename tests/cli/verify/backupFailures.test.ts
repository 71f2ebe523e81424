import assert from "node:assert/strict";
import { withValues } from "../../../cli/verify/checks/monitoring/alerts.js";
import { fakeTarget, findingOf, named, workload } from "./fakeTarget.js";
import { claims, simulated } from "./addonClaims.js";
import {
  alerting,
  critical,
  deployment,
  gateway,
  other,
  prometheusService,
  routing,
  rule,
  toBoth,
  both,
  config,
  mail,
} from "./pairs/backupFailures.js";
import { jobReport, pushed } from "./pairs/nodeJobs.js";

const off = { settings: { "monitoring.enabled": false } };
claims("Backup failures", "The alerts", {
  "proved: they do": [
    alerting(),
    "Prometheus evaluates BackupFailed, BackupStale, OCIBucketNearLimit; their expressions are true of a backup that failed, " +
      "a backup that never reported, a backup that is too old, a bucket that is nearly full",
  ],
  "failed: one is not in the rule": [
    { ...alerting(), [rule]: named("r", { spec: { groups: [{ rules: [{ alert: "BackupStale" }] }, {}] } }) },
    "there is no alert BackupFailed; there is no alert OCIBucketNearLimit",
  ],
  "failed: Prometheus has not loaded one": [alerting([]), /^Prometheus has not loaded BackupFailed; /],
  "failed: Prometheus cannot evaluate one": [
    alerting(undefined, { health: "err", lastError: "many-to-many matching" }),
    "Prometheus cannot evaluate BackupFailed: many-to-many matching",
  ],
  "unchecked: Prometheus has just started": [
    alerting(undefined, { health: "unknown" }),
    "Prometheus has not evaluated BackupFailed yet; try again in a minute",
  ],
  "failed: one never fires": [
    alerting(undefined, {}, () => false),
    /^BackupFailed does not fire for a backup that failed: backup_success == 0; /,
  ],
  "failed: one always fires": [
    alerting(undefined, {}, () => true),
    /^BackupFailed fires though all is well: backup_success == 0; /,
  ],
  "proved: somebody has an alert of that name about something else": [
    alerting(["BackupFailed", "BackupStale", "OCIBucketNearLimit", "BackupFailed"], {
      query: "etcd_backup == 0",
    }),
    /^Prometheus evaluates BackupFailed, /,
  ],
  "failed: one waits for days": [
    alerting(undefined, { duration: 200_000 }),
    "BackupFailed waits for 200000 s before it fires",
  ],
  "unchecked: nobody reads the rule": [
    { [rule]: alerting()[rule]! },
    /BackupFailed, .*, but there is no Service monitoring\/prometheus-operated to ask; this program does not install it/,
  ],
  "unchecked: its pods are simulated": [alerting(), /and no Prometheus reads it: no pod/, simulated],
  "failed: there are none": [{}, "there is no PrometheusRule monitoring/homelab-alerts"],
  "unchecked: there is nothing to tell of": [
    {},
    /leave the jobs out/,
    { settings: { "backups.jobs.enabled": false } },
  ],
  "unchecked: monitoring is off": [{}, /leave monitoring out/, off],
});
it("Backup failures: a Prometheus that does not answer is no failure of the alerts", async () => {
  const answers = { ...alerting(), [`${prometheusService}/rules`]: () => ({ status: 503 }) };
  await assert.rejects(findingOf("Backup failures", "The alerts", fakeTarget(answers)), {
    message: "Prometheus answers rules with status 503",
  });
});

describe("an expression", () => {
  const cases: [expression: string, series: Record<string, string>, text: string][] = [
    ["a == 0", { a: "vector(1)" }, "(vector(1)) == 0"],
    ['a{job="b"} > 1 or b', { a: "vector(1)" }, "(vector(1)) > 1 or b"],
    ['absent_over_time(a{job="b"}[1d2h])', { a: "vector(1)" }, "absent_over_time((vector(1))[1d2h:1h])"],
    ["aa + a_a + sum(a)", { a: "vector(1)" }, "aa + a_a + sum((vector(1)))"],
    ["a / b", { a: "vector(1)", b: "vector(2)" }, "(vector(1)) / (vector(2))"],
  ];
  for (const [expression, series, text] of cases) {
    it(expression, () => assert.equal(withValues(expression, series), text));
  }
});

const [volumes, host, postgres] = ["restic_k8s_data", "restic_host", "pg_dump"] as const;
claims("Backup failures", "Backup jobs report", {
  "proved: they do": [
    gateway(jobReport(volumes), jobReport(host), jobReport(postgres), { labels: { job: "oci_bucket" } }),
    /^restic_k8s_data 2\d{3}-.*Z, restic_host .*Z, pg_dump .*Z$/,
  ],
  "failed: none ever has": [
    gateway(),
    "restic_k8s_data has never reported; restic_host has never reported; pg_dump has never reported",
  ],
  "failed: one failed": [
    gateway(jobReport(volumes, 0), jobReport(host), jobReport(postgres)),
    "the last run of restic_k8s_data failed",
  ],
  "failed: one stopped long ago": [
    gateway(jobReport(volumes), jobReport(host, 1, 50), jobReport(postgres)),
    "the last success of restic_host is 50 hours ago",
  ],
  "failed: one will have succeeded": [
    gateway(jobReport(volumes), jobReport(host), jobReport(postgres, 1, -50)),
    "the last success of pg_dump lies in the future",
  ],
  "failed: one pushed no time": [
    gateway(
      jobReport(volumes),
      { ...jobReport(host), backup_timestamp: undefined },
      jobReport(postgres, 1, NaN),
    ),
    "restic_host does not say when it last succeeded; pg_dump does not say when it last succeeded",
  ],
  "proved: one is not wanted": [
    gateway(jobReport(volumes), jobReport(host)),
    /^restic_k8s_data .*, restic_host /,
    { settings: { "backups.jobs.postgres.enabled": false } },
  ],
  "unchecked: the Pushgateway does not answer": [
    { [deployment]: workload("p") },
    "the Pushgateway has a pod ready, but does not answer the API server",
  ],
  "unchecked: its pod is simulated": [{ [deployment]: workload("p") }, /answers nobody: no pod/, simulated],
  "failed: it has no pod": [{ [deployment]: workload("p", 0) }, "the Pushgateway has no pod ready"],
  "unchecked: it is not there": [{}, /prometheus-pushgateway; this program does not install it/],
});
it("Backup failures: a Pushgateway that may not be asked is no failure of the jobs", async () => {
  const answers = {
    [deployment]: workload("p"),
    [pushed]: () => ({ status: 403, body: '{"message":"forbidden"}' }),
  };
  await assert.rejects(findingOf("Backup failures", "Backup jobs report", fakeTarget(answers)), {
    message: "GET the results of the backup jobs: forbidden",
  });
});
claims("Backup failures", "Alerts go to", {
  "proved: they do": [
    routing(critical, other),
    "the receivers critical and default have Telegram and e-mail",
    toBoth,
  ],
  "proved: by mail alone, as the settings say": [
    routing({ ...critical, telegram_configs: [] }, other),
    "the receivers critical and default have e-mail",
    { settings: mail },
  ],
  "failed: one way is missing": [
    routing({ ...critical, email_configs: [] }, { ...both, name: "default" }),
    "the receiver critical has no e-mail; Alertmanager has no receiver monitoring/homelab-alerts/default",
    toBoth,
  ],
  "unchecked: nobody reads the configuration": [
    { [config]: named("homelab-alerts") },
    /^there is no Secret monitoring\/alertmanager-.*, so no operator has read homelab-alerts/,
    toBoth,
  ],
  "failed: there is no configuration": [
    {},
    "there is no AlertmanagerConfig monitoring/homelab-alerts",
    toBoth,
  ],
  "unchecked: nobody is to be told": [{}, /name nobody to tell/],
  "unchecked: monitoring is off": [{}, /leave monitoring out/, { settings: { "monitoring.enabled": false } }],
});
