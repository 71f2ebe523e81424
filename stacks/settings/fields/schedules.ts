import type { z } from "zod";
import { readSchedule } from "../../../components/backups/cron.js";
import { didYouMean } from "../../../components/common/mend.js";
import { text } from "./text.js";

/** A schedule of Velero: a cron expression of five fields, a name such as @daily, or @every 12h; in UTC or a zone of its own. */
export function cron(description: string): z.ZodString {
  return text(description, (value) => {
    const read = readSchedule(value);
    return "message" in read ? read : undefined;
  }).meta({ examples: ["0 3 * * *"] });
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
      return {
        message: `"${value}" is not a duration such as 1h or 720h`,
        mend: didYouMean(/^[1-9]\d{0,4}d$/.test(value) ? `${Number.parseInt(value) * 24}h` : undefined),
      };
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
