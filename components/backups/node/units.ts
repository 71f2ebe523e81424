import type { KnownNodeFile } from "../../control-plane/node/bundle.js";
import { nodeFolders } from "./environment.js";

/** When a job runs, in UTC: every day, or on one day of the week. */
export interface Time {
  /** Three letters of the day of the week, such as Sun. Default: every day. */
  weekday?: string;
  /** Time of the day as HH:MM. */
  time: string;
}

/** A job: one script, one service, one timer. */
export interface Job {
  /** Name of script, service and timer. */
  unit: string;
  description: string;
  /** Name its metrics carry. */
  metrics: string;
  /** Capabilities root keeps; everything else it may do is what any owner of files may. */
  capabilities: readonly string[];
  /** Kinds of namespaces it may make. Default: none. */
  namespaces?: string;
  /** The home folders: read, or not even seen. */
  home: "read-only" | "yes";
  /** The file system: read-only but for its own folders, or all of it but /usr, /boot and /etc. */
  system: "strict" | "full";
}

/** Reads files regardless of their owner. */
const readAll = "CAP_DAC_READ_SEARCH";

/** The jobs in their order: each waits for those before it that were started at the same time, as after a night off. */
export const jobUnits = {
  postgres: {
    unit: "pg-dump",
    description: "Dump of PostgreSQL to the backup bucket",
    metrics: "pg_dump",
    // Takes the dump's folder over from another account, and reads what that has left there.
    capabilities: ["CAP_CHOWN", readAll],
    home: "yes",
    // The dump's folder need not exist yet.
    system: "full",
  },
  volumes: {
    unit: "restic-k8s-backup",
    description: "Backup of the raw data of volumes to the backup bucket",
    metrics: "restic_k8s_data",
    capabilities: [readAll],
    home: "read-only",
    system: "strict",
  },
  host: {
    unit: "restic-host-backup",
    description: "Backup of the host's configuration to the backup bucket",
    metrics: "restic_host",
    capabilities: [readAll],
    home: "read-only",
    system: "strict",
  },
  statistics: {
    unit: "oci-bucket-stats",
    description: "Size of the backup bucket by prefix",
    metrics: "oci_bucket",
    capabilities: [],
    home: "yes",
    system: "strict",
  },
  restoreDrill: {
    unit: "restore-drill",
    description: "Restore from the backup bucket, compared with what was backed up",
    metrics: "restore_drill",
    // What it restores gets its owners and modes back; the throw-away PostgreSQL runs as somebody else, in a sandbox: only
    // CAP_SYS_ADMIN makes namespaces and mounts, and only CAP_KILL ends another account's process, by the signal at its
    // parent's end too. The script gives them up, with all others, before a dump is loaded.
    capabilities: [
      readAll,
      "CAP_SYS_ADMIN",
      "CAP_KILL",
      "CAP_DAC_OVERRIDE",
      "CAP_CHOWN",
      "CAP_FOWNER",
      "CAP_FSETID",
      "CAP_SETUID",
      "CAP_SETGID",
    ],
    namespaces: "mnt net pid ipc",
    home: "yes",
    system: "strict",
  },
} satisfies Record<string, Job>;

export type JobName = keyof typeof jobUnits;

const folder = "/etc/systemd/system";

/** The units of the jobs that run. */
export function unitFiles(times: Partial<Record<JobName, Time>>, timeoutMinutes: number): KnownNodeFile[] {
  const names = (Object.keys(jobUnits) as JobName[]).filter((name) => times[name] !== undefined);
  const timers = names.map((name) => `${jobUnits[name].unit}.timer`);
  return [
    ...names.flatMap((name, index) => [
      {
        path: `${folder}/${jobUnits[name].unit}.service`,
        mode: "0644",
        content: serviceUnit(
          jobUnits[name],
          names.slice(0, index).map((earlier) => jobUnits[earlier].unit),
          timeoutMinutes,
        ),
      },
      {
        path: `${folder}/${jobUnits[name].unit}.timer`,
        mode: "0644",
        content: timerUnit(jobUnits[name], times[name]!),
      },
    ]),
    // Instead of the links of `systemctl enable`: the timers run because a file says so, with no command that could be
    // forgotten.
    {
      path: `${folder}/timers.target.d/backups.conf`,
      mode: "0644",
      content: `[Unit]\n${timers.map((timer) => `Wants=${timer}\n`).join("")}`,
    },
  ];
}

/**
 * One run of a job: as root, which alone can read what is backed up, with as little of its power as the job needs, and
 * after everything else that wants the disk or a processor.
 */
export function serviceUnit(job: Job, after: readonly string[], timeoutMinutes: number): string {
  return `[Unit]
Description=${job.description}
Wants=network-online.target
After=${["network-online.target", ...after.map((unit) => `${unit}.service`)].join(" ")}

[Service]
Type=oneshot
ExecStart=${nodeFolders.scripts}/${job.unit}.sh
# Reports the failure of a job that was killed.
ExecStopPost=${nodeFolders.scripts}/job-ended.sh ${job.metrics}
# The jobs before it, then its own commands, each of which ends after ${timeoutMinutes} minutes.
TimeoutStartSec=${3 * timeoutMinutes}min

Nice=10
IOSchedulingClass=idle
CPUSchedulingPolicy=batch
CPUWeight=20
IOWeight=10

UMask=0077
StateDirectory=backups
StateDirectoryMode=0700
CacheDirectory=backups
CacheDirectoryMode=0700
CapabilityBoundingSet=${job.capabilities.join(" ")}
NoNewPrivileges=yes
ProtectSystem=${job.system}
ProtectHome=${job.home}
PrivateTmp=yes
PrivateDevices=yes
ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
LockPersonality=yes
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
RestrictNamespaces=${job.namespaces ?? "yes"}
RestrictRealtime=yes
SystemCallArchitectures=native
`;
}

/** The timer of a job. A run that was missed because the node was off is made up for when it is on again. */
export function timerUnit(job: Job, { weekday, time }: Time): string {
  return `[Unit]
Description=${job.description}, ${weekday ? "weekly" : "daily"}

[Timer]
OnCalendar=${weekday ? `${weekday} ` : ""}*-*-* ${time}:00 UTC
Persistent=true
`;
}
