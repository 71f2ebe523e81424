import assert from "node:assert/strict";
import { withValues } from "../../../cli/verify/checks/monitoring/alerts.js";
import { fakeTarget, findingOf, named, workload } from "./fakeTarget.js";
import { claims, simulated } from "./addonClaims.js";
import { alerting, deployment, gateway, prometheusService, rule } from "./pairs/backupFailures.js";
import { jobReport, pushed } from "./pairs/nodeJobs.js";

const off = { settings: { "monitoring.enabled": false } };
claims("Backup failures", "The alerts", [
  [
    "they do",
    alerting(),
    "proved",
    "Prometheus evaluates BackupFailed, BackupStale, OCIBucketNearLimit; their expressions are true of a backup that failed, " +
      "a backup that never reported, a backup that is too old, a bucket that is nearly full",
  ],
  [
    "one is not in the rule",
    { ...alerting(), [rule]: named("r", { spec: { groups: [{ rules: [{ alert: "BackupStale" }] }, {}] } }) },
    "failed",
    "there is no alert BackupFailed; there is no alert OCIBucketNearLimit",
  ],
  ["Prometheus has not loaded one", alerting([]), "failed", /^Prometheus has not loaded BackupFailed; /],
  [
    "Prometheus cannot evaluate one",
    alerting(undefined, { health: "err", lastError: "many-to-many matching" }),
    "failed",
    "Prometheus cannot evaluate BackupFailed: many-to-many matching",
  ],
  [
    "Prometheus has just started",
    alerting(undefined, { health: "unknown" }),
    "unchecked",
    "Prometheus has not evaluated BackupFailed yet; try again in a minute",
  ],
  [
    "one never fires",
    alerting(undefined, {}, () => false),
    "failed",
    /^BackupFailed does not fire for a backup that failed: backup_success == 0; /,
  ],
  [
    "one always fires",
    alerting(undefined, {}, () => true),
    "failed",
    /^BackupFailed fires though all is well: backup_success == 0; /,
  ],
  [
    "somebody has an alert of that name about something else",
    alerting(["BackupFailed", "BackupStale", "OCIBucketNearLimit", "BackupFailed"], {
      query: "etcd_backup == 0",
    }),
    "proved",
    /^Prometheus evaluates BackupFailed, /,
  ],
  [
    "one waits for days",
    alerting(undefined, { duration: 200_000 }),
    "failed",
    "BackupFailed waits for 200000 s before it fires",
  ],
  [
    "nobody reads the rule",
    { [rule]: alerting()[rule]! },
    "unchecked",
    /BackupFailed, .*, but there is no Service monitoring\/prometheus-operated to ask; this program does not install it/,
  ],
  ["its pods are simulated", alerting(), "unchecked", /and no Prometheus reads it: no pod/, simulated],
  ["there are none", {}, "failed", "there is no PrometheusRule monitoring/homelab-alerts"],
  [
    "there is nothing to tell of",
    {},
    "unchecked",
    /leave the jobs out/,
    { settings: { "backups.jobs.enabled": false } },
  ],
  ["monitoring is off", {}, "unchecked", /leave monitoring out/, off],
]);
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
claims("Backup failures", "Backup jobs report", [
  [
    "they do",
    gateway(jobReport(volumes), jobReport(host), jobReport(postgres), { labels: { job: "oci_bucket" } }),
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
    gateway(jobReport(volumes, 0), jobReport(host), jobReport(postgres)),
    "failed",
    "the last run of restic_k8s_data failed",
  ],
  [
    "one stopped long ago",
    gateway(jobReport(volumes), jobReport(host, 1, 50), jobReport(postgres)),
    "failed",
    "the last success of restic_host is 50 hours ago",
  ],
  [
    "one will have succeeded",
    gateway(jobReport(volumes), jobReport(host), jobReport(postgres, 1, -50)),
    "failed",
    "the last success of pg_dump lies in the future",
  ],
  [
    "one pushed no time",
    gateway(
      jobReport(volumes),
      { ...jobReport(host), backup_timestamp: undefined },
      jobReport(postgres, 1, NaN),
    ),
    "failed",
    "restic_host does not say when it last succeeded; pg_dump does not say when it last succeeded",
  ],
  [
    "one is not wanted",
    gateway(jobReport(volumes), jobReport(host)),
    "proved",
    /^restic_k8s_data .*, restic_host /,
    { settings: { "backups.jobs.postgres.enabled": false } },
  ],
  [
    "the Pushgateway does not answer",
    { [deployment]: workload("p") },
    "unchecked",
    "the Pushgateway has a pod ready, but does not answer the API server",
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
