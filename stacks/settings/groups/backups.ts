import { z } from "zod";
import { dnsLabel, emailAddress } from "../fields/names.js";
import { bucketName, ocid, region } from "../fields/oracle.js";
import { cron, duration } from "../fields/schedules.js";
import { jobs } from "./backupJobs.js";
import { passphrase, secretText } from "../secretText.js";

export const backups = z
  .strictObject({
    oci: z
      .strictObject({
        tenancyId: ocid("Tenancy, where users and policies live.", "tenancy"),
        compartmentId: ocid("Compartment of the bucket.", "compartment"),
        region: region("Region of the bucket."),
        userEmail: emailAddress(
          "E-mail address of the writers' users; tenancies with identity domains require one. Default: none.",
        ).optional(),
      })
      .describe("Oracle Cloud."),
    bucket: bucketName("Name of the bucket.").default("homelab-backups"),
    previousVersionDays: z
      .int()
      .min(1)
      .max(365)
      .default(14)
      .describe(
        "Days in which a deleted or overwritten object can be restored, even after a writer's key was stolen.",
      ),
    velero: z
      .strictObject({
        repositoryPassword: secretText(
          "Password of the Kopia repositories; never changes. Default: generated, unless cluster.existing.",
          passphrase,
        ).optional(),
        backupSyncPeriod: duration(
          "How often the bucket is listed; every call counts against the free tier.",
        ).default("1h"),
        validationFrequency: duration("How often the bucket is checked.").default("1h"),
        schedules: z
          .array(
            z.strictObject({
              name: dnsLabel("Name of the Schedule.", "backstage-daily"),
              namespaces: z
                .array(dnsLabel("A namespace.", "backstage"))
                .min(1)
                .describe("Namespaces backed up."),
              cron: cron("When to back up, in UTC where it names no zone (CRON_TZ=Europe/Berlin 0 3 * * *)."),
              ttl: duration("How long a backup is kept.").default("720h"),
            }),
          )
          .default([])
          .describe("Backups by schedule."),
      })
      .prefault({})
      .describe("Velero with Kopia."),
    jobs: jobs.prefault({}),
  })
  .describe("Backups to Oracle Cloud Object Storage.");
