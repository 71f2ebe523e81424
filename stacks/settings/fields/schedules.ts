import { Cron } from "croner";
import type { z } from "zod";
import { choice, didYouMean } from "../../../components/common/mend.js";
import { text, type Fault } from "./text.js";

/** What Velero's parser takes in each field, where it takes less than others do (https://pkg.go.dev/github.com/robfig/cron/v3). */
const velero: [field: string, allowed: RegExp][] = [
  ["minute", /^[\d*,/-]+$/],
  ["hour", /^[\d*,/-]+$/],
  ["day of the month", /^[\d*,/?-]+$/],
  ["month", /^(\d|[*,/-]|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)+$/i],
  ["day of the week", /^(([0-6](?!\d))|[*,/?-]|sun|mon|tue|wed|thu|fri|sat)+$/i],
];

/** The last value of each field: to Velero 5/15 means from 5 to the last one. */
const last = [59, 23, 31, 12, 6];

/** A cron expression of five fields, or a name such as @daily, as Velero reads it. */
export function cron(description: string): z.ZodString {
  return text(description, cronProblem).meta({ examples: ["0 3 * * *"] });
}

function cronProblem(value: string): Fault | string | undefined {
  if (/^@(yearly|annually|monthly|weekly|daily|midnight|hourly)$/.test(value)) return undefined;
  const other = /^\s*(@every|CRON_TZ=|TZ=)/.exec(value)?.[1];
  if (other)
    return {
      message: `"${value}" has ${other === "@every" ? other : "a time zone"}, which is not supported here`,
      mend: choice('write five fields, in UTC, such as "0 3 * * *"'),
    };
  const fields = value.trim().split(/\s+/);
  if (fields.length !== 5)
    return `"${value}" has ${fields.length} fields; a cron expression has five, such as "0 3 * * *"`;
  let schedule: Cron;
  try {
    // Parsing alone: no job is scheduled.
    schedule = new Cron(value, { paused: true, mode: "5-part" });
  } catch (error) {
    const reason = error instanceof Error ? error.message.replace(/^CronPattern: |\.$/g, "") : String(error);
    const mended = fields.map((field, index) => field.replace(/^(\d+)\//, `$1-${last[index]}/`)).join(" ");
    return { message: `"${value}" is not a cron expression: ${reason}`, mend: didYouMean(mended) };
  }
  // From a day that is always the same: the clock is not asked.
  if (schedule.nextRun(new Date("2024-01-01T00:00:00Z")) === null)
    return `"${value}" never comes: no day is like that`;
  const strange = velero.find(([, allowed], index) => !allowed.test(fields[index]!));
  if (!strange) return undefined;
  return `"${value}" is not a cron expression that Velero reads: its ${strange[0]} has ${strange[0].startsWith("day") ? "no L, W, # or +, and Sunday is 0" : "numbers, *, commas, dashes and slashes"}`;
}

/** A time of the day as HH:MM. */
export function timeOfDay(description: string): z.ZodString {
  return text(description, (value) =>
    isTimeOfDay(value) ? undefined : `"${value}" is not a time of the day such as 03:20`,
  ).meta({ examples: ["03:20"] });
}

const isTimeOfDay = (value: string): boolean => /^([01]\d|2[0-3]):[0-5]\d$/.test(value);

/** A day of the week and a time of the day, such as Sun 05:00. */
export function weeklyTime(description: string): z.ZodString {
  return text(description, (value) => {
    const [day, time, ...rest] = value.split(" ");
    const days = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
    return days.includes(day!) && isTimeOfDay(time ?? "") && rest.length === 0
      ? undefined
      : `"${value}" is not a day of the week and a time such as "Sun 05:00"`;
  }).meta({ examples: ["Sun 05:00"] });
}

/** A point in time with zone, as Cloudflare takes it. */
export function timestamp(description: string): z.ZodString {
  return text(description, (value) => {
    if (/^\d{4}-\d{2}-\d{2}$/.test(value))
      return { message: `"${value}" has no time`, mend: didYouMean(`${value}T00:00:00Z`) };
    return isTimestamp(value) ? undefined : `"${value}" is not a UTC time such as 2027-06-30T00:00:00Z`;
  }).meta({ examples: ["2027-06-30T00:00:00Z"] });
}

/** A day that is not in the calendar, such as 30 February, is read as another one. */
export function isTimestamp(value: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/.test(value) || Number.isNaN(Date.parse(value))) return false;
  return new Date(value).toISOString() === value.replace("Z", ".000Z");
}

/** A duration in the form Go's time.ParseDuration takes, in whole hours, minutes or seconds. */
export function duration(description: string): z.ZodString {
  return text(description, (value) => {
    if (!durationPattern.test(value) || secondsOf(value) === 0)
      return `"${value}" is not a duration such as 1h or 720h`;
    return secondsOf(value) <= longestDuration
      ? undefined
      : `${value} is longer than a duration of Go can be, 292 years`;
  }).meta({ examples: ["720h"] });
}

/** Seconds in the 64 bits of nanoseconds that Go counts in. */
const longestDuration = 2 ** 63 / 1e9;

const durationPattern = /^(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?$/;

/** Seconds of a duration. */
export function secondsOf(value: string): number {
  const [hours, minutes, seconds] = durationPattern
    .exec(value)!
    .slice(1)
    .map((part) => Number(part ?? 0));
  return hours! * 3600 + minutes! * 60 + seconds!;
}
