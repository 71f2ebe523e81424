import { z } from "zod";
import { dnsSubdomain, hostname } from "../fields/names.js";
import { storageSize } from "../fields/quantities.js";
import { passphrase, secretText, sixteenCharacters } from "../secretText.js";

export const registry = z
  .strictObject({
    enabled: z.boolean().default(true).describe("Run Harbor."),
    hostname: hostname("Public name. Default: harbor.<zone>.").optional(),
    tlsAt: z
      .enum(["nginx", "gateway"])
      .default("nginx")
      .describe("Where TLS ends: in Harbor's nginx, re-encrypted by the Gateway, or at the Gateway."),
    storageClass: dnsSubdomain("StorageClass of its volumes.", "local-path").default("local-path"),
    sizes: z
      .strictObject({
        registry: storageSize("Volume of the images.").default("50Gi"),
        database: storageSize("Volume of PostgreSQL.").default("5Gi"),
        redis: storageSize("Volume of Redis.").default("1Gi"),
        jobservice: storageSize("Volume of the job logs.").default("1Gi"),
        trivy: storageSize("Volume of Trivy's database.").default("5Gi"),
      })
      .prefault({})
      .describe("Sizes of its volumes."),
    adminPassword: secretText(
      "Password of admin, which Harbor reads at its first start. Default: generated, unless cluster.existing.",
      passphrase,
    ).optional(),
    secretKey: secretText(
      "Encrypts credentials in Harbor's database; never changes. Default: generated, unless cluster.existing.",
      sixteenCharacters,
    ).optional(),
    databasePassword: secretText(
      "Password of Harbor's PostgreSQL. Default: generated, unless cluster.existing.",
      passphrase,
    ).optional(),
  })
  .prefault({})
  .describe("Harbor and Trivy.");
