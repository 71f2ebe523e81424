import { intervals } from "./intervals.js";

/** Hours after which a daily backup is stale: one run may be missing. */
export const staleHours = 48;

/** Seconds after which the last backup of a cron schedule is stale: a day over its longest interval. */
export const scheduleStaleSeconds = (cron: string): number => intervals(cron).longest + 24 * 3600;
