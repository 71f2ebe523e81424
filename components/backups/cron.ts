import { didYouMean, type Mend } from "../common/mend.js";

/** A schedule as Velero reads it: at times of the clock, or so many seconds after the last run. */
export type Schedule = Times | { every: number };

interface Times {
  /** Allowed values of the minute, hour, day of the month, month and day of the week. */
  fields: Set<number>[];
  /** Whether the day of the month or that of the week is any: then both must fit, else one of them is enough. */
  anyDay: boolean;
  /** Time zone. Default: UTC. */
  zone?: string;
}

/** Why Velero does not read a schedule, or a reader would take it for another one. */
export interface ScheduleFault {
  message: string;
  mend?: Mend;
}

const daily = "0 0 * * *";
const named: Record<string, string> = {
  ...{ "@yearly": "0 0 1 1 *", "@annually": "0 0 1 1 *", "@monthly": "0 0 1 * *", "@weekly": "0 0 * * 0" },
  ...{ "@daily": daily, "@midnight": daily, "@hourly": "0 * * * *" },
};

interface Field {
  name: string;
  least: number;
  most: number;
  /** Words for the values from `least` on. */
  words?: string[];
}

const fieldsOfCron: Field[] = [
  { name: "minute", least: 0, most: 59 },
  { name: "hour", least: 0, most: 23 },
  { name: "day of the month", least: 1, most: 31 },
  { name: "month", least: 1, most: 12, words: "jan feb mar apr may jun jul aug sep oct nov dec".split(" ") },
  { name: "day of the week", least: 0, most: 6, words: "sun mon tue wed thu fri sat".split(" ") },
];

/** Reads a schedule by the rules of Velero's parser (https://github.com/robfig/cron/blob/v3.0.1/parser.go). */
export function readSchedule(text: string): Schedule | ScheduleFault {
  const [, before, zone, rest] = /^((?:CRON_)?TZ=(\S*) )(.*)$/s.exec(text) ?? [];
  if (zone !== undefined && !isZone(zone))
    return { message: `"${zone}" is not the name of a time zone such as Europe/Berlin` };
  const expression = rest?.trim() ?? text;
  const every = /^@every (.*)$/.exec(expression)?.[1];
  if (every !== undefined) return readEvery(text, every);
  const fields = (named[expression] ?? expression).trim().split(/\s+/);
  if (fields.length !== fieldsOfCron.length) return notFive(text, expression, fields.length);
  const read = fields.map((field, index) => readField(field, fieldsOfCron[index]!));
  const wrong = read.findIndex((field) => "reason" in field);
  if (wrong >= 0) {
    const { reason, meant } = read[wrong] as FieldFault;
    const mended = meant && (before ?? "") + replaced(fields, wrong, meant).join(" ");
    return {
      message: `"${text}" ${reason}`,
      mend: didYouMean(mended),
    };
  }
  const sets = read as { values: Set<number>; any: boolean }[];
  const schedule = {
    ...{ fields: sets.map(({ values }) => values), anyDay: sets[2]!.any || sets[4]!.any },
    ...(zone === undefined ? {} : { zone }),
  };
  return runsOf(schedule).next().done ? { message: `"${text}" never comes: no day is like that` } : schedule;
}

/** Whether it is a time zone, in the letters that Go reads it by. */
function isZone(zone: string): boolean {
  return zone === "UTC" || Intl.supportedValuesOf("timeZone").includes(zone);
}

function readEvery(text: string, duration: string): Schedule | ScheduleFault {
  const [, hours = 0, minutes = 0, seconds = 0] = /^(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?$/.exec(duration) ?? [];
  const every = Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds);
  // More does not fit into the 64 bits of nanoseconds that Go counts in.
  return every > 0 && every <= 2 ** 63 / 1e9
    ? { every }
    : { message: `"${text}" is no interval in whole hours, minutes and seconds, such as @every 12h` };
}

function notFive(text: string, expression: string, count: number): ScheduleFault {
  if (!expression.trim().startsWith("@"))
    return {
      message: `"${text}" has ${count} ${count === 1 ? "field" : "fields"}; a cron expression has five, such as "0 3 * * *"`,
    };
  const meant = text.trim().toLowerCase();
  return {
    message: `"${text}" is not a name that Velero reads: ${Object.keys(named).join(", ")}, or @every 12h`,
    mend: didYouMean(Object.hasOwn(named, meant) ? meant : undefined),
  };
}

const unread = "is not a cron expression that Velero reads";

interface FieldFault {
  /** To follow the whole expression. */
  reason: string;
  /** What was probably meant. */
  meant?: string;
}

/** As `Array.prototype.with`, which the TypeScript of Pulumi's language host does not know. */
const replaced = (texts: readonly string[], index: number, text: string) =>
  texts.map((one, at) => (at === index ? text : one));

function readField(text: string, field: Field): { values: Set<number>; any: boolean } | FieldFault {
  const values = new Set<number>();
  let any = false;
  const parts = text.split(",").filter((part) => part !== "");
  for (const [index, part] of parts.entries()) {
    const range = readRange(part, field);
    if ("reason" in range)
      return { ...range, meant: range.meant && replaced(parts, index, range.meant).join(",") };
    const { from, to, step } = range;
    for (let value = from; value <= to; value += step) values.add(value);
    any ||= /^[*?](\/0*1)?$/.test(part);
  }
  return values.size > 0 ? { values, any } : { reason: `${unread}: its ${field.name} is empty` };
}

function readRange(part: string, field: Field): { from: number; to: number; step: number } | FieldFault {
  const { name, least, most, words } = field;
  const [, all, first = "", second, every] =
    /^(?:([*?])|(\w+)(?:-(\w+))?)(?:\/(\d+))?$/.exec(part) ?? ([] as undefined[]);
  const from = all ? least : valueOf(first, field);
  const to = all || (every && second === undefined) ? most : valueOf(second ?? first, field);
  const step = Number(every ?? 1);
  const its = `its ${name} has "${part}"`;
  // Of a week that ends with Sunday as day 7.
  const sunday = words?.[0] === "sun" && /^(?:([0-6])-)?7$/.exec(part);
  if (!(from >= least && to <= most && step > 0)) {
    const [low, high] = [words?.[0], words?.at(-1)];
    const allowed = `${least} to ${most}${words ? ` (${low} to ${high})` : ""}`;
    return {
      reason: `${unread}: ${its}; allowed are ${allowed} and *, with commas, dashes and steps`,
      meant: sunday ? [...(sunday[1] ? [`${sunday[1]}-6`] : []), "0"].join(",") : undefined,
    };
  }
  if (from > to)
    return {
      reason: `${unread}: ${its}, which begins after its end`,
      meant: every ? undefined : `${rangeOf(from, most)},${rangeOf(least, to)}`,
    };
  // Nothing else comes of it, and a reader expects something else.
  if (step > most - least + 1)
    return { reason: `means ${from} alone: ${its}, a step past its end`, meant: String(from) };
  return { from, to, step };
}

const rangeOf = (from: number, to: number): string => (from === to ? String(from) : `${from}-${to}`);

/** The number that a value is; NaN if it is none. */
function valueOf(text: string, { least, words = [] }: Field): number {
  const index = words.indexOf(text.toLowerCase());
  return index >= 0 ? least + index : /^\d+$/.test(text) ? Number(text) : NaN;
}

const day = 86_400_000;
/** Where runs are counted from: always the same day, so that no clock is asked. */
const someDay = Date.UTC(2024, 0, 1);
/** Between two leap days there are at most eight years. */
const longestWait = 8 * 366 * day;

/** When a schedule comes, in milliseconds. A time that the change to summer skips does not come, as Velero has it. */
export function* runsOf({ fields, anyDay, zone }: Times): Generator<number> {
  const [minutes, hours, days, months, weekdays] = fields as [
    Set<number>,
    Set<number>,
    Set<number>,
    Set<number>,
    Set<number>,
  ];
  const sorted = (values: Set<number>) => [...values].sort((a, b) => a - b);
  const times = sorted(hours).flatMap((hour) => sorted(minutes).map((minute) => hour * 60 + minute));
  for (let [at, last] = [someDay, someDay]; at - last <= longestWait; at += day) {
    const date = new Date(at);
    const [ofMonth, ofWeek] = [days.has(date.getUTCDate()), weekdays.has(date.getUTCDay())];
    if (!months.has(date.getUTCMonth() + 1) || !(anyDay ? ofMonth && ofWeek : ofMonth || ofWeek)) continue;
    for (const time of times) {
      const run = zone === undefined ? at + time * 60_000 : inUtc(at + time * 60_000, zone);
      if (run === undefined) continue;
      last = at;
      yield run;
    }
  }
}

/** The moment at which clocks of a zone show a time; undefined if they never do. */
function inUtc(wall: number, zone: string): number | undefined {
  return [offsetOf(wall - day, zone), offsetOf(wall + day, zone)]
    .map((offset) => wall - offset)
    .find((moment) => moment + offsetOf(moment, zone) === wall);
}

const clocks = new Map<string, Intl.DateTimeFormat>();

/** How far clocks of a zone are ahead of UTC at a moment. */
function offsetOf(moment: number, zone: string): number {
  const options = { timeZone: zone, timeZoneName: "longOffset" } as const;
  const clock = clocks.get(zone) ?? new Intl.DateTimeFormat("en", options);
  clocks.set(zone, clock);
  const name = clock.formatToParts(moment).find(({ type }) => type === "timeZoneName")!.value;
  const [, sign = "+", hours = 0, minutes = 0] = /([+-])(\d+):(\d+)/.exec(name) ?? [];
  return Number(`${sign}1`) * (Number(hours) * 60 + Number(minutes)) * 60_000;
}
