import { didYouMean, mendWords } from "../../../components/common/mend.js";
import { intervals } from "../../../components/backups/intervals.js";
import { veleroRequestsPerMonth } from "../../../components/backups/node/environment.js";
import { nearest } from "../../../components/common/nearest.js";
import { namedNamespaces } from "../derived/namespaces.js";
import { isKnownRegion, nearestRegion } from "../fields/oracle.js";
import { secondsOf } from "../fields/schedules.js";
import type { Settings } from "../schema.js";

/** Backups that hold less, or cost more, than they seem to. */
export function backupNotes(settings: Settings): string[] {
  const { backups } = settings;
  const { region } = backups.oci;
  return [
    ...(isKnownRegion(region)
      ? []
      : [
          `backups.oci.region ${region} is no region this program knows${mendWords(didYouMean(nearestRegion(region))) || "; it may be newer than the program"}`,
        ]),
    ...backups.velero.schedules.flatMap((schedule, index) =>
      scheduleNotes(`backups.velero.schedules[${index}]`, schedule, namedNamespaces(settings)),
    ),
    ...requestNotes(backups.velero),
    ...homeNotes(backups.jobs),
  ];
}

/** Of 50,000 requests a month that are free, these would leave the backups less than half. */
function requestNotes({ backupSyncPeriod, validationFrequency }: Settings["backups"]["velero"]): string[] {
  const requests = veleroRequestsPerMonth(backupSyncPeriod, validationFrequency);
  return requests > 25_000
    ? [
        `backups.velero.backupSyncPeriod ${backupSyncPeriod} and validationFrequency ${validationFrequency} make about ${requests} requests a month, with no backup at all; Oracle's free tier has 50000.`,
      ]
    : [];
}

/** A user's list of what to leave out, which the user could widen, is not followed. */
function homeNotes({ enabled, host }: Settings["backups"]["jobs"]): string[] {
  if (!enabled || host.excludes.length > 0) return [];
  return host.paths
    .filter((path) => path === "/home" || path.startsWith("/home/"))
    .map(
      (path) =>
        `backups.jobs.host backs up all of ${path}: ${path}/.resticignore is followed only if root alone may write it. Name caches and the like in backups.jobs.host.excludes.`,
    );
}

type ScheduleSettings = Settings["backups"]["velero"]["schedules"][number];

function scheduleNotes(key: string, { cron, ttl, namespaces }: ScheduleSettings, known: string[]): string[] {
  const { longest, mean } = intervals(cron);
  const notes: string[] = [];
  if (mean < 3600)
    notes.push(
      `${key} makes about ${Math.round(86_400 / mean)} backups a day; each takes requests and space in the bucket.`,
    );
  if (secondsOf(ttl) < longest)
    notes.push(
      `${key} keeps a backup for ${ttl}, less than the time to the next one; there will be times without any.`,
    );
  for (const namespace of namespaces) {
    const near = known.includes(namespace) ? undefined : nearest(namespace, known);
    if (near !== undefined)
      notes.push(
        `${key} backs up ${namespace}, a namespace not named elsewhere${mendWords(didYouMean(near))}`,
      );
  }
  return notes;
}
