import { z } from "zod";
import {
  absolutePath,
  cron,
  dnsLabel,
  hostOrAddress,
  httpUrl,
  text,
  timeOfDay,
  weeklyTime,
} from "../fields.js";
import { passphrase, secretText } from "../secretText.js";

const repositoryPassword = (prefix: string) =>
  secretText(`Password of the restic repository ${prefix}/; never changes.`, passphrase).optional();

const pattern = text("A pattern.", (value) =>
  /^[^\n]+$/.test(value) ? undefined : "a pattern is one line, and not empty",
);

/** Folders that one restic repository holds. */
function folders(description: string, prefix: string, time: string, paths: string[]) {
  return z
    .strictObject({
      time: timeOfDay("When, every day, in UTC.").default(time),
      paths: z.array(absolutePath("A folder.")).min(1).default(paths).describe("Folders backed up."),
      excludes: z
        .array(pattern)
        .default([])
        .describe(
          "Patterns left out, as in restic's --exclude-file. Besides, a .resticignore in a folder is read.",
        ),
      password: repositoryPassword(prefix),
    })
    .prefault({})
    .describe(description);
}

const postgres = z
  .strictObject({
    enabled: z.boolean().default(true).describe("Whether there is a PostgreSQL to dump."),
    time: timeOfDay("When, every day, in UTC.").default("03:00"),
    pod: z
      .strictObject({
        namespace: dnsLabel("Namespace of the server's pod.").default("postgres"),
        selector: text("Labels of the pod that may write.", (value) =>
          /^[A-Za-z0-9._/-]+=[A-Za-z0-9._-]*(,[A-Za-z0-9._/-]+=[A-Za-z0-9._-]*)*$/.test(value)
            ? undefined
            : `"${value}" is not a label selector such as app=postgres`,
        ).default("cnpg.io/cluster=postgres-cluster,cnpg.io/instanceRole=primary"),
        container: dnsLabel("Container of the pod.").default("postgres"),
      })
      .prefault({})
      .describe(
        "The server's pod, in which pg_dumpall runs, with no password; CloudNativePG has no other way in.",
      ),
    server: z
      .strictObject({
        host: hostOrAddress("Where the node reaches the server."),
        port: z.int().min(1).max(65535).default(5432).describe("Port of the server."),
        user: text("A superuser: roles are dumped too.", (value) =>
          /^[A-Za-z_][A-Za-z0-9_-]*$/.test(value) ? undefined : `"${value}" is not the name of a role`,
        ).default("postgres"),
        password: secretText("Password of that user.", passphrase).optional(),
      })
      .optional()
      .describe("A server outside of pods, used instead of pod; needs its client on the node."),
    password: repositoryPassword("pg-dump"),
    tools: absolutePath(
      "Folder on the node with initdb and postgres of the server's major version, for the drill.",
    ).default("/usr/bin"),
    drillUser: text(
      "Account on the node that the drill's PostgreSQL runs as; it is not run as root.",
      (value) =>
        /^[a-z_][a-z0-9_-]{0,31}$/.test(value) ? undefined : `"${value}" is not the name of an account`,
    ).default("postgres"),
  })
  .prefault({})
  .describe("pg_dumpall, to pg-dump/.");

const kept = (description: string, count: number) =>
  z.int().min(0).max(1000).default(count).describe(description);

export const jobs = z
  .strictObject({
    enabled: z.boolean().default(true).describe("Backup jobs that run on a node."),
    node: dnsLabel("The node they run on, one of cluster.nodes. Default: the first.").optional(),
    timeoutMinutes: z
      .int()
      .min(1)
      .max(24 * 60)
      .default(240)
      .describe("Minutes after which a command of a job is ended, and the job has failed."),
    keep: z
      .strictObject({
        daily: z
          .int()
          .min(1)
          .max(1000)
          .default(7)
          .describe("Days whose last snapshot is kept; of the last two days every one is."),
        weekly: kept("Weeks whose last snapshot is kept.", 4),
        monthly: kept("Months whose last snapshot is kept.", 6),
      })
      .prefault({})
      .describe("Snapshots kept in each restic repository."),
    volumes: folders("Raw data of volumes, to restic-k8s/.", "restic-k8s", "03:20", [
      "/opt/local-path-provisioner",
    ]),
    host: folders("Configuration of the host, to restic-host/.", "restic-host", "03:40", ["/etc"]),
    postgres,
    statistics: z
      .strictObject({ time: timeOfDay("When, every day, in UTC.").default("04:30") })
      .prefault({})
      .describe("Size of the bucket by prefix."),
    restoreDrill: z
      .strictObject({
        time: weeklyTime("When, once a week, in UTC.").default("Sun 05:00"),
        checkWeeks: z
          .int()
          .min(1)
          .max(52)
          .default(4)
          .describe("Weeks in which every file of a repository has been read once."),
        velero: z
          .strictObject({
            enabled: z.boolean().default(true).describe("Whether Velero's backups are proven too."),
            cron: cron("When, in UTC, Velero backs up the namespace restore-drill.").default("0 4 * * *"),
            storageClass: dnsLabel("StorageClass of the volume in it.").default("local-path"),
            image: text("Image of busybox, of one version.", (value) =>
              /^[a-z0-9][\w.:/-]*(:(?!latest$)[\w][\w.-]*|@sha256:[0-9a-f]{64})$/.test(value)
                ? undefined
                : `"${value}" is not an image with a tag other than latest, or with a digest`,
            ).default("docker.io/library/busybox:1.37.0"),
          })
          .prefault({})
          .describe("Velero restores the namespace restore-drill as restore-drill-restored."),
      })
      .prefault({})
      .describe("Restores from the bucket and compares."),
    bucket: z
      .strictObject({
        limitGiB: z.int().min(1).default(20).describe("GiB the bucket may hold; Oracle's free tier has 20."),
        refuseAbovePercent: z
          .int()
          .min(50)
          .max(100)
          .default(95)
          .describe(
            "Share of the limit above which no new snapshot is made. Nothing is ever deleted for it.",
          ),
      })
      .prefault({})
      .describe("Guard of the bucket's size."),
    pushgateway: httpUrl(
      "Address of the Pushgateway as the node reaches it. Default: the Service prometheus-pushgateway in monitoring.namespace.",
    ).optional(),
  })
  .describe("restic, pg_dumpall, statistics and the restore drill on one node.");
