import { enabledBackupJobs } from "../../../../stacks/settings/derived/backupJobs.js";
import { nearLimitPercent, staleSeconds } from "../../../../components/backups/backupAlerts.js";
import { ruleName } from "../../../../components/monitoring/alerts.js";
import { failed, judged, unchecked, type Finding } from "../../claim.js";
import { read, type KubeObject } from "../../cluster/objects.js";
import type { Target } from "../../cluster/target.js";
import { Prometheus, type LoadedRule } from "./prometheus.js";

/** Values of series by their names, in PromQL. */
type Series = Record<string, string>;

interface AlertTrial {
  /** With these it must not fire. */
  silent: Series;
  /** With any of these it must, by what they mean. */
  firing: Record<string, Series>;
}

/** A series that is not there. */
const absent = "vector(0) < 0";
const ago = (seconds: number): string => `vector(time() - ${seconds})`;
const bucket = (size: string): Series => ({
  oci_bucket_size_bytes: size,
  oci_bucket_limit_bytes: "vector(100)",
});

/** The page's alerts. */
const alerts: Record<string, AlertTrial> = {
  BackupFailed: {
    silent: { backup_success: "vector(1)" },
    firing: {
      "a backup that failed": { backup_success: "vector(0)" },
      "a backup that never reported": { backup_success: absent },
    },
  },
  BackupStale: {
    silent: { backup_timestamp: ago(staleSeconds - 3600) },
    firing: { "a backup that is too old": { backup_timestamp: ago(staleSeconds + 3600) } },
  },
  OCIBucketNearLimit: {
    silent: bucket(`vector(${nearLimitPercent - 1})`),
    firing: { "a bucket that is nearly full": bucket(`vector(${nearLimitPercent + 1})`) },
  },
};

/** An expression with values in place of its series. */
export function withValues(expression: string, series: Series): string {
  return Object.entries(series).reduce(
    (text, [name, value]) =>
      text.replace(
        new RegExp(`\\b${name}\\b(?:\\{[^}]*\\})?(?:\\[([^\\]]+)\\])?`, "g"),
        (_, range?: string) => `(${value})${range === undefined ? "" : `[${range}:1h]`}`,
      ),
    expression,
  );
}

/** Longest time, in seconds, for which an alert may hold back: nobody hears of a lost day. */
const longestWait = 24 * 3600;

type PrometheusRule = KubeObject & { spec: { groups?: { rules?: { alert?: string }[] }[] } };

/** Whether Prometheus has the alerts, and their live expressions are true of what they are for, and silent where all is well. */
export async function alertsFire(target: Target): Promise<Finding> {
  const { namespace } = target.settings.monitoring;
  if (enabledBackupJobs(target.settings).length === 0)
    return unchecked("the stack's settings leave the jobs out (backups.jobs.enabled)");
  const path = `/apis/monitoring.coreos.com/v1/namespaces/${namespace}/prometheusrules/${ruleName}`;
  const found = await read<PrometheusRule>(target.api, path);
  if (!found) return failed(`there is no PrometheusRule ${namespace}/${ruleName}`);
  const names = Object.keys(alerts);
  const there = (found.spec.groups ?? []).flatMap(({ rules = [] }) => rules.map(({ alert }) => alert));
  const gone = names.filter((name) => !there.includes(name));
  if (gone.length > 0) return failed(gone.map((name) => `there is no alert ${name}`).join("; "));

  const prometheus = await Prometheus.of(target, `${namespace}/${ruleName} has ${names.join(", ")}`);
  if ("status" in prometheus) return prometheus;
  const loaded = await prometheus.alertRules();
  const problems: string[] = [];
  const unknown: string[] = [];
  for (const [name, trial] of Object.entries(alerts)) {
    // Somebody may have an alert of that name about something else.
    const named = loaded.filter((rule) => rule.name === name);
    const series = Object.keys(trial.silent);
    const rule = named.find(({ query }) => series.some((one) => query.includes(one))) ?? named[0];
    if (!rule) problems.push(`Prometheus has not loaded ${name}`);
    else if (rule.health === "err") problems.push(`Prometheus cannot evaluate ${name}: ${rule.lastError}`);
    else if (rule.health !== "ok") unknown.push(name);
    else problems.push(...(await trialProblems(prometheus, rule, trial)));
  }
  if (problems.length === 0 && unknown.length > 0)
    return unchecked(`Prometheus has not evaluated ${unknown.join(", ")} yet; try again in a minute`);
  const reasons = Object.values(alerts).flatMap(({ firing }) => Object.keys(firing));
  return judged(
    problems,
    `Prometheus evaluates ${names.join(", ")}; their expressions are true of ${reasons.join(", ")}`,
  );
}

async function trialProblems(
  prometheus: Prometheus,
  { name, query, duration }: LoadedRule,
  trial: AlertTrial,
): Promise<string[]> {
  const fires = async (series: Series) => (await prometheus.count(withValues(query, series))) > 0;
  const problems: string[] = [];
  if (duration > longestWait) problems.push(`${name} waits for ${duration} s before it fires`);
  for (const [reason, series] of Object.entries(trial.firing)) {
    if (!(await fires(series))) problems.push(`${name} does not fire for ${reason}: ${query}`);
  }
  if (await fires(trial.silent)) problems.push(`${name} fires though all is well: ${query}`);
  return problems;
}
