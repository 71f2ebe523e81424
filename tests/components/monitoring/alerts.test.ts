import assert from "node:assert/strict";
import fc from "fast-check";
import { nodeJobPrefixes } from "../../../components/backups/backupStorage.js";
import { exporters, orAbsent } from "../../../components/monitoring/alert.js";
import { Alerts } from "../../../components/monitoring/alerts.js";
import { backupJobs } from "../../../components/backups/backupAlerts.js";
import { intervals } from "../../../components/backups/intervals.js";
import { capture } from "../../kit/capture.js";
import { assertFitsCrd } from "../../kit/crdSchema.js";
import { alertGroups, type AlertGroupsArgs } from "./groups.js";

const ruleType = "kubernetes:monitoring.coreos.com/v1:PrometheusRule";

const args: AlertGroupsArgs = {
  schedules: [{ name: "daily", cron: "0 2 * * *" }],
  certificates: [{ name: "harbor-tls", namespace: "harbor" }],
  tokenExpiresOn: "2027-12-31T00:00:00Z",
};

const run = (preview = false) =>
  capture(
    () =>
      new Alerts("alerts", {
        namespace: "monitoring",
        release: "kube-prometheus-stack",
        groups: alertGroups(args),
      }),
    { preview },
  );

const names = (change: Partial<AlertGroupsArgs> = {}) =>
  alertGroups({ ...args, ...change }).flatMap(({ alerts }) => alerts.map(({ alert }) => alert));

const expression = (alert: string, change: Partial<AlertGroupsArgs> = {}) =>
  alertGroups({ ...args, ...change })
    .flatMap(({ alerts }) => alerts)
    .find((candidate) => candidate.alert === alert)?.expr;

describe("Alerts", () => {
  it("are one PrometheusRule that the stack's Prometheus selects", async function () {
    const all = await run();
    const { inputs, parent } = all.one(ruleType, "alerts-rule");
    assert.equal(parent, "alerts");
    assert.deepEqual(inputs["metadata"], {
      name: "homelab-alerts",
      namespace: "monitoring",
      labels: { release: "kube-prometheus-stack" },
    });
    assert.deepEqual(all.one("cluster-security:monitoring:Alerts").outputs, { ruleName: "homelab-alerts" });
    assertFitsCrd(this, "prometheus-operator-v0.93.0", "PrometheusRule", inputs["spec"]);
  });

  it("carry the namespace that Alertmanager's operator selects by, a severity, and all they have to say", async () => {
    const { spec } = (await run()).one(ruleType).inputs;
    const rules = spec.groups.flatMap((group: any) => group.rules) as Record<string, any>[];
    assert.equal(rules.length, names().length);
    for (const { alert, labels, annotations } of rules) {
      assert.equal(labels.namespace, "monitoring", alert);
      assert.match(labels.severity, /^(critical|warning)$/, alert);
      assert.deepEqual(
        Object.keys(annotations).sort(),
        ["description", "exporter", "runbook", "summary"],
        alert,
      );
      assert.ok(Object.values(exporters).includes(annotations.exporter), alert);
      for (const [key, text] of Object.entries(annotations)) assert.notEqual(text, "", `${alert}: ${key}`);
    }
  });

  it("register the same with known and unknown values", async () => {
    assert.deepEqual((await run(true)).shape(), (await run()).shape());
  });

  it("have names of their own, in groups of their own", () => {
    assert.equal(new Set(names()).size, names().length);
    const groups = alertGroups(args).map(({ name }) => name);
    assert.equal(new Set(groups).size, groups.length);
  });

  it("are without those about the node's backups where there are none", () => {
    assert.deepEqual(
      names().filter((name) => !names({ backupJobs: [] }).includes(name)),
      [
        "BackupFailed",
        "BackupStale",
        "OCIBucketNearLimit",
        "OCIRequestsNearLimit",
        "OCIBucketStatsStale",
        "RestoreDrillFailed",
        "RestoreNotProven",
      ],
    );
  });

  it("are without those about Velero's schedules where there are none", () => {
    assert.deepEqual(
      names().filter((name) => !names({ schedules: [] }).includes(name)),
      ["VeleroBackupFailed", "VeleroBackupStale"],
    );
  });

  it("ask for every job and every folder by name", () => {
    assert.deepEqual(
      backupJobs.map(({ prefix }) => prefix),
      [...nodeJobPrefixes],
    );
    const jobs = [{ job: "only", prefix: "one" }];
    assert.equal(
      expression("BackupFailed", { backupJobs: jobs }),
      'backup_success == 0\nor absent_over_time(backup_success{job="only"}[26h])',
    );
    assert.match(expression("RestoreNotProven", { backupJobs: jobs })!, /\{prefix="one"\}\[48h\]\)$/);
  });

  it("know the end of the token", () => {
    assert.equal(expression("CloudflareTokenExpiresSoon"), "vector(1830211200) - time() < 2592000");
  });

  it("give a schedule a day more than the longest time between two of its runs", () => {
    const weekly = [{ name: "weekly", cron: "0 3 * * 0" }];
    assert.match(expression("VeleroBackupStale", { schedules: weekly })!, / > 691200\nor /);
  });
});

describe("the longest interval of a schedule", () => {
  const hour = 3600;
  const day = 24 * hour;
  const cases: [cron: string, seconds: number][] = [
    ["0 2 * * *", day],
    ["*/15 * * * *", 900],
    ["0 2,4 * * *", 22 * hour],
    ["0 3 * * 0", 7 * day],
    ["0 3 * * 1-5", 3 * day],
    ["0 3 1 * *", 31 * day],
    ["0 3 29 2 *", 8 * 366 * day - 7 * day],
  ];
  for (const [cron, seconds] of cases) {
    it(`${cron}: ${seconds} s`, () => assert.equal(intervals(cron).longest, seconds));
  }
});

describe("orAbsent", () => {
  it("adds one condition for each selector", () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom("a", 'b{c="d"}')), (selectors) => {
        const parts = orAbsent("up == 0", "1h", selectors).split("\nor ");
        assert.deepEqual(parts, ["up == 0", ...selectors.map((name) => `absent_over_time(${name}[1h])`)]);
      }),
    );
  });
});
