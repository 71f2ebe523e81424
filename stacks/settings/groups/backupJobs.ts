import { z } from "zod";
import { choice } from "../../../components/common/mend.js";
import { accountName, dnsLabel, dnsSubdomain, hostOrAddress, selectsPods } from "../fields/names.js";
import { excludePattern } from "../fields/excludes.js";
import { isImage } from "../fields/images.js";
import { port } from "../fields/networks.js";
import { absolutePath, backupFolder, httpUrl } from "../fields/paths.js";
import { cron, timeOfDay, weeklyTime } from "../fields/schedules.js";
import { text } from "../fields/text.js";
import { passphrase, secretText } from "../secretText.js";

const repositoryPassword = (prefix: string) =>
  secretText(
    `Password of the restic repository ${prefix}/; never changes. Default: generated, unless cluster.existing.`,
    passphrase,
  ).optional();

/** Folders that one restic repository holds. */
function folders(description: string, prefix: string, time: string, paths: string[]) {
  return z
    .strictObject({
      time: timeOfDay("When to run, every day, in UTC.").default(time),
      paths: z.array(backupFolder("A folder.")).min(1).default(paths).describe("Folders backed up."),
      excludes: z
        .array(excludePattern("A pattern."))
        .default([])
        .describe(
          "Patterns to leave out, as in restic's --exclude-file. A root-owned .resticignore counts too.",
        ),
      password: repositoryPassword(prefix),
    })
    .prefault({})
    .describe(description);
}

const postgres = z
  .strictObject({
    enabled: z.boolean().default(true).describe("Dump a PostgreSQL server."),
    time: timeOfDay("When to run, every day, in UTC.").default("03:00"),
    pod: z
      .strictObject({
        namespace: dnsLabel("Namespace of the server's pod.").default("postgres"),
        selector: text("Labels of the pod that may write.", (value) =>
          selectsPods(value) ? undefined : `"${value}" is not a label selector such as app=postgres`,
        ).default("cnpg.io/cluster=postgres-cluster,cnpg.io/instanceRole=primary"),
        container: dnsLabel("Container of the pod.").default("postgres"),
      })
      .prefault({})
      .describe(
        "The server's pod, in which pg_dumpall runs, with no password; CloudNativePG has no other way in.",
      ),
    server: z
      .strictObject({
        host: hostOrAddress("Host name or address of the server, as the node reaches it."),
        port: port("Port of the server.").default(5432),
        user: text("A superuser, because roles are dumped too.", (value) =>
          /^[A-Za-z_][A-Za-z0-9_-]{0,62}$/.test(value) ? undefined : `"${value}" is not the name of a role`,
        ).default("postgres"),
        password: secretText("Password of that user.", passphrase).optional(),
      })
      .optional()
      .describe("A server outside the cluster, used instead of pod; needs a PostgreSQL client on the node."),
    password: repositoryPassword("pg-dump"),
    tools: absolutePath(
      "Folder on the node with initdb and postgres of the server's major version, for the drill.",
    )
      .meta({ examples: ["/usr/lib/postgresql/16/bin"] })
      .default("/usr/bin"),
    drillUser: accountName("Account on the node that the drill's PostgreSQL runs as; it is not run as root.")
      .refine((value) => value !== "root", {
        error: "root cannot run PostgreSQL",
        params: { mend: choice("give another account, such as postgres") },
      })
      .default("postgres"),
  })
  .prefault({})
  .describe("pg_dumpall, to pg-dump/.");

const kept = (description: string, count: number) =>
  z.int().min(0).max(1000).default(count).describe(description);

export const jobs = z
  .strictObject({
    enabled: z.boolean().default(true).describe("Backup jobs that run on a node."),
    node: dnsSubdomain(
      "The node they run on, one of cluster.nodes. Default: the first.",
      "musashi",
    ).optional(),
    timeoutMinutes: z
      .int()
      .min(1)
      .max(24 * 60)
      .default(240)
      .describe("Minutes after which a command of a job is stopped and the job fails."),
    keep: z
      .strictObject({
        daily: z
          .int()
          .min(1)
          .max(1000)
          .default(7)
          .describe("Days whose last snapshot is kept. Every snapshot of the last two days is kept as well."),
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
      .strictObject({ time: timeOfDay("When to run, every day, in UTC.").default("04:30") })
      .prefault({})
      .describe("Size of the bucket by prefix."),
    restoreDrill: z
      .strictObject({
        time: weeklyTime("When to run, once a week, in UTC.").default("Sun 05:00"),
        checkWeeks: z
          .int()
          .min(1)
          .max(52)
          .default(4)
          .describe("Weeks within which every file of a repository is read once."),
        velero: z
          .strictObject({
            enabled: z.boolean().default(true).describe("Also restore a backup of Velero."),
            cron: cron(
              "When Velero backs up the namespace restore-drill, in UTC where it names no zone.",
            ).default("0 4 * * *"),
            storageClass: dnsSubdomain("StorageClass of the volume in it.", "local-path").default(
              "local-path",
            ),
            image: text("Image of busybox, with a tag other than latest, or a digest.", (value) =>
              isImage(value)
                ? undefined
                : `"${value}" is not an image with a tag other than latest, or with a digest`,
            ).default("docker.io/library/busybox:1.37.0"),
          })
          .prefault({})
          .describe("Drill for Velero: restores the namespace restore-drill as restore-drill-restored."),
      })
      .prefault({})
      .describe("Restores from the bucket and compares the result with the original."),
    bucket: z
      .strictObject({
        limitGiB: z
          .int()
          .min(1)
          .max(1_000_000)
          .default(20)
          .describe("GiB the bucket may hold; Oracle's free tier has 20."),
        refuseAbovePercent: z
          .int()
          .min(50)
          .max(100)
          .default(95)
          .describe("Percentage of the limit above which no new snapshot is made. Nothing is deleted."),
      })
      .prefault({})
      .describe("Limit of the bucket's size."),
    pushgateway: httpUrl(
      "Address of the Pushgateway as the node reaches it. Default: the Service prometheus-pushgateway in monitoring.namespace.",
    ).optional(),
  })
  .describe("restic, pg_dumpall, statistics and the restore drill on one node.");
