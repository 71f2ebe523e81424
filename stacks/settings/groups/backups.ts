import { z } from "zod";
import { cron, dnsLabel, duration, ocid, text } from "../fields.js";
import { jobs } from "./backupJobs.js";
import { passphrase, secretText } from "../secretText.js";

export const backups = z
  .strictObject({
    oci: z
      .strictObject({
        tenancyId: ocid("Tenancy, where users and policies live.", "tenancy"),
        compartmentId: ocid("Compartment of the bucket.", "compartment"),
        region: text("Region of the bucket.", (value) =>
          /^[a-z]{2}-[a-z]+-\d$/.test(value)
            ? undefined
            : `"${value}" is not an OCI region such as sa-saopaulo-1`,
        ),
        userEmail: z
          .email()
          .optional()
          .describe("E-mail of the writers' users; tenancies with identity domains ask for one."),
      })
      .describe("Oracle Cloud."),
    bucket: text("Name of the bucket.", (value) =>
      /^[A-Za-z0-9._-]{1,256}$/.test(value)
        ? undefined
        : `"${value}" is not a bucket name (letters, digits, ., _ and -)`,
    ).default("homelab-backups"),
    previousVersionDays: z
      .int()
      .min(1)
      .max(365)
      .default(14)
      .describe(
        "Days a deleted or overwritten object can still be brought back; what a stolen key cannot undo.",
      ),
    velero: z
      .strictObject({
        repositoryPassword: secretText(
          "Password of the Kopia repositories; never changes.",
          passphrase,
        ).optional(),
        backupSyncPeriod: duration(
          "How often the bucket is listed; every call counts against the free tier.",
        ).default("1h"),
        validationFrequency: duration("How often the bucket is checked.").default("1h"),
        schedules: z
          .array(
            z.strictObject({
              name: dnsLabel("Name of the Schedule."),
              namespaces: z.array(dnsLabel("A namespace.")).min(1).describe("Namespaces backed up."),
              cron: cron("When, in UTC."),
              ttl: duration("How long a backup is kept.").default("720h"),
            }),
          )
          .default([])
          .describe("Daily backups."),
      })
      .prefault({})
      .describe("Velero with Kopia."),
    jobs: jobs.prefault({}),
  })
  .describe("Backups to Oracle Cloud Object Storage.");
