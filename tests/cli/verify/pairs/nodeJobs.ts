import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Answer } from "../fakeTarget.js";

/** Where systemd looks for units. */
export const unitFolder = "etc/systemd/system";

/** Lays a timer, its service and the script that this runs on a node. */
export function addJob(root: string, unit: string, isEnabled = true): void {
  const folder = join(root, unitFolder);
  for (const path of [join(folder, "timers.target.wants"), join(root, "usr/local/sbin")])
    mkdirSync(path, { recursive: true });
  writeFileSync(join(folder, `${unit}.timer`), "[Timer]\nOnCalendar=*-*-* 03:20:00 UTC\n");
  writeFileSync(join(folder, `${unit}.service`), `[Service]\nExecStart=/usr/local/sbin/${unit}.sh\n`);
  writeFileSync(join(root, `usr/local/sbin/${unit}.sh`), "#!/bin/sh\n");
  if (isEnabled) symlinkSync(`../${unit}.timer`, join(folder, "timers.target.wants", `${unit}.timer`));
}

export function nodeWithJobs(root: string, ...units: string[]): string {
  for (const unit of units) addJob(root, unit);
  return root;
}

const start = Date.now() / 1000;

/** What a job has pushed. */
export const jobReport = (job: string, success = 1, hours = 5) => ({
  labels: { job },
  backup_success: { metrics: [{ value: String(success) }] },
  backup_timestamp: { metrics: [{ value: (start - hours * 3600).toExponential() }] },
});

/** Path of what the Pushgateway holds. */
export const pushed =
  "/api/v1/namespaces/monitoring/services/http:prometheus-pushgateway:9091/proxy/api/v1/metrics";

export const pushedBy = (...groups: object[]): Record<string, Answer> => ({ [pushed]: { data: groups } });
