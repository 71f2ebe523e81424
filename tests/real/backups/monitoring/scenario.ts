/** An alert that must be there: its labels next to its severity and namespace, and its description. */
export type Firing = [labels: Record<string, string>, description: string];

/** Series from the epoch on, and at which times there is an alert. */
export interface Case {
  /** Minutes between two values, and between two evaluations. Default: 5. */
  minutes?: number;
  /** Values in promtool's notation, by series. */
  series: Record<string, string>;
  /** Times at which there is no alert. Default: none. */
  silent?: string[];
  /** The alert that there is, by time. */
  fires: Record<string, Firing>;
}

export interface Scenario extends Case {
  alert: string;
  title: string;
}

/** @param cases Each by its alert and its title. */
export const scenarios = (cases: Record<`${string}: ${string}`, Case>): Scenario[] =>
  Object.entries(cases).map(([name, each]) => {
    const [alert, title] = name.split(": ") as [string, string];
    return { alert, title, ...each };
  });

/** What the rules of the scenarios are made for. */
export const args = {
  backupJobs: [
    { job: "restic_k8s_data", prefix: "restic-k8s" },
    { job: "pg_dump", prefix: "pg-dump" },
  ],
  provenPrefixes: ["velero"],
  schedules: [
    { name: "daily", cron: "0 2 * * *" },
    { name: "weekly", cron: "0 3 * * 0" },
  ],
  certificates: [{ name: "harbor-tls", namespace: "harbor" }],
  tokenExpiresOn: "1970-02-20T00:00:00Z", // day 50
};

/** As many samples as there are in a number of hours. */
export const hours = (count: number, minutes = 5) => (count * 60) / minutes - 1;
export const day = 24;
export const seconds = (count: number) => count * 3600;

/** What a scenario checks, in the order of time. */
export const checksOf = ({ silent = [], fires }: Scenario): [time: string, firing: Firing[]][] =>
  [
    ...silent.map((time): [string, Firing[]] => [time, []]),
    ...Object.entries(fires).map(([time, firing]): [string, Firing[]] => [time, [firing]]),
  ].sort(([one], [other]) => minutesOf(one) - minutesOf(other));

/** Minutes of a time such as `1d2h` or `1h30m`. */
function minutesOf(time: string): number {
  const minutes: Record<string, number> = { d: 24 * 60, h: 60, m: 1 };
  return [...time.matchAll(/(\d+)([dhm])/g)].reduce(
    (sum, [, count, unit]) => sum + +count! * minutes[unit!]!,
    0,
  );
}
