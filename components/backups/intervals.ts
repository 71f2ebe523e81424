import { readSchedule, runsOf } from "./cron.js";

/** What was measured already: a stack asks several times. */
const measured = new Map<string, Intervals>();

interface Intervals {
  longest: number;
  mean: number;
}

/** The longest and the mean time between two runs of a schedule that Velero reads, in seconds; measured over 400 runs. */
export function intervals(cron: string): Intervals {
  const found = measured.get(cron) ?? measure(cron);
  measured.set(cron, found);
  return found;
}

function measure(cron: string): Intervals {
  const schedule = readSchedule(cron);
  if ("message" in schedule) throw new Error(schedule.message);
  if ("every" in schedule) return { longest: schedule.every, mean: schedule.every };
  const gaps: number[] = [];
  let last: number | undefined;
  for (const run of runsOf(schedule)) {
    if (last !== undefined) gaps.push((run - last) / 1000);
    last = run;
    if (gaps.length === 399) break;
  }
  return { longest: Math.max(...gaps), mean: gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length };
}
