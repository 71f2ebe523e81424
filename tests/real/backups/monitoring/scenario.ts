/** An alert that must be there, next to its severity and namespace. */
export interface Firing {
  labels: Record<string, string>;
  description: string;
}

/** Series from the epoch on, and which alerts there are at which times. */
export interface Scenario {
  alert: string;
  title: string;
  /** Minutes between two values, and between two evaluations. Default: 5. */
  minutes?: number;
  /** Values in promtool's notation, by series. */
  series: Record<string, string>;
  checks: [time: string, firing: Firing[]][];
}

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

export const one = (labels: Record<string, string>, description: string): Firing[] => [
  { labels, description },
];
