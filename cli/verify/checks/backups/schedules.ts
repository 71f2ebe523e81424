import { isDeepStrictEqual } from "node:util";
import { seconds } from "../../../../components/backups/node/environment.js";
import { scheduleStaleSeconds } from "../../../../components/backups/staleness.js";
import { scheduleSpec } from "../../../../components/backups/velero.js";
import { veleroSchedules } from "../../../../stacks/settings/derived/drill.js";
import { failed, judged, proved, unchecked, worstOf, type Finding } from "../../claim.js";
import { list, type KubeObject } from "../../cluster/objects.js";
import type { Target } from "../../cluster/target.js";
import { missingRelease, needsRealPods } from "../../cluster/workloads.js";
import { readSchedules, velero } from "./velero.js";

const wantedSchedules = ({ settings }: Target) => veleroSchedules(settings);
const noSchedules = unchecked("the stack's settings list no schedule (backups.velero.schedules)");

/** Whether every Schedule of the stack is there, active, and makes the backups the stack says. */
export async function schedules(target: Target): Promise<Finding> {
  const wanted = wantedSchedules(target);
  if (wanted.length === 0) return noSchedules;
  const found = await readSchedules(target);
  if (!found) return missingRelease(target, "velero", "the cluster knows no Schedules");
  const silent = found
    .filter(({ status }) => status?.phase === undefined)
    .map(({ metadata }) => metadata.name)
    .filter((name) => wanted.some((schedule) => schedule.name === name));
  const runsNothing = target.simulatedPods || target.recorded.has("velero");
  const seen = wanted.map(({ name, cron }) => `${name} (${cron})`).join(", ");
  const problems = wanted.flatMap((one) => {
    const { name, cron } = one;
    const schedule = found.find(({ metadata }) => metadata.name === name);
    if (!schedule) return [`there is no Schedule ${name}`];
    const { spec, status } = schedule;
    return [
      ...(spec.schedule === cron ? [] : [`${name} runs at "${spec.schedule}", not at "${cron}"`]),
      ...templateProblems(name, spec.template, scheduleSpec(one).template),
      ...(spec.paused ? [`${name} is paused`] : []),
      ...(status?.phase === "FailedValidation" ? [`${name}: ${status.validationErrors?.join(", ")}`] : []),
      ...(silent.includes(name) && !runsNothing ? [`Velero has not looked at ${name}`] : []),
    ];
  });
  if (problems.length === 0 && silent.length > 0 && target.recorded.has("velero")) {
    return missingRelease(target, "velero", seen);
  }
  return problems.length === 0 && silent.length > 0 && target.simulatedPods
    ? needsRealPods(`${seen}: nobody makes a backup`)
    : judged(problems, seen);
}

/** Every field counts, those too that only another writer sets: each can leave something out, or end a backup early. */
function templateProblems(name: string, found: object, wanted: object): string[] {
  const [one, other] = [found, wanted].map((template) => template as Record<string, unknown>);
  return [...new Set([...Object.keys(other!), ...Object.keys(one!)])]
    .filter((field) => !isDeepStrictEqual(meaning(field, one![field]), meaning(field, other![field])))
    .map(
      (field) => `${name}: ${field} is ${inWords(one![field])}, and in the stack ${inWords(other![field])}`,
    );
}

/** The value of a field, alike for all ways to write it. Empty lists and objects are as good as none. */
function meaning(field: string, value: unknown): unknown {
  if ((field === "ttl" || field.endsWith("Timeout")) && typeof value === "string") return lasting(value);
  const whole = withoutEmpty(value);
  return field.endsWith("Namespaces") && Array.isArray(whole)
    ? [...new Set(whole as string[])].sort()
    : whole;
}

/**
 * Seconds of a duration; undefined for none: Velero's command writes 0s where nothing is set, and the default counts. A part of
 * a second stays as it is written.
 */
function lasting(duration: string): unknown {
  return /^(0|(\d+[hms])+)$/.test(duration) ? seconds(duration) || undefined : duration;
}

function withoutEmpty(value: unknown): unknown {
  if (typeof value !== "object") return value;
  if (value === null) return undefined;
  if (Array.isArray(value)) return value.length > 0 ? value.map(withoutEmpty) : undefined;
  const entries = Object.entries(value)
    .map(([key, inner]) => [key, withoutEmpty(inner)] as const)
    .filter(([, inner]) => inner !== undefined);
  return entries.length > 0 ? Object.fromEntries(entries) : undefined;
}

const inWords = (value: unknown): string => (value === undefined ? "not set" : JSON.stringify(value));

type Backup = KubeObject & {
  status?: { phase?: string; completionTimestamp?: string; progress?: { itemsBackedUp?: number } };
};

/** Each schedule by its own interval, as its alert does. One that is younger may not have run yet. */
export async function recentBackups(target: Target): Promise<Finding> {
  const wanted = wantedSchedules(target);
  if (wanted.length === 0) return noSchedules;
  const found = await list<Backup>(target.api, `${velero}/backups`);
  if (!found) return missingRelease(target, "velero", "the cluster knows no Backups");
  if (target.recorded.has("velero")) return missingRelease(target, "velero", "there is no backup");
  if (target.simulatedPods) return needsRealPods("Velero makes no backup");
  const made = new Map(
    ((await readSchedules(target)) ?? []).map(({ metadata }) => [metadata.name, metadata.creationTimestamp]),
  );
  const findings = wanted.map(({ name, cron }) => {
    const limit = Date.now() - scheduleStaleSeconds(cron) * 1000;
    const runs = found.filter(({ metadata }) => metadata.labels?.["velero.io/schedule-name"] === name);
    const last = runs
      .filter(({ status }) => status?.phase === "Completed")
      .sort((one, other) => (completion(one) < completion(other) ? -1 : 1))
      .at(-1);
    if (last) return lastFinding(name, last, limit);
    const since = made.get(name);
    const mayBeToCome =
      since !== undefined &&
      Date.parse(since) >= limit &&
      !runs.some(({ status }) => status?.phase?.includes("Failed"));
    return mayBeToCome
      ? unchecked(`${name} (${cron}) was made on ${since} and has not completed a backup yet`)
      : failed(`${name}: no complete backup`);
  });
  return worstOf(findings);
}

const completion = ({ status }: Backup): string => status?.completionTimestamp ?? "";

/** @param limit Time, in milliseconds since 1970, before which a backup is too old. */
function lastFinding(name: string, backup: Backup, limit: number): Finding {
  const time = completion(backup);
  const last = `${name}: the last complete backup is of ${time || "no known time"}`;
  // By more than clocks differ: it would be fresh for a long time to come.
  if (Date.parse(time) > Date.now() + 3_600_000) return failed(`${last}, which lies in the future`);
  if (!(Date.parse(time) >= limit)) return failed(last);
  // Velero leaves a count of 0 out. A namespace that does not exist makes a complete backup of nothing.
  const items = backup.status?.progress?.itemsBackedUp ?? 0;
  return items > 0 ? proved(`${name} ${time}, ${items} objects`) : failed(`${last}, and holds no object`);
}
