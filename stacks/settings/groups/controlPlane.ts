import { z } from "zod";
import { dnsLabel } from "../fields/names.js";
import { key32, secretText } from "../secretText.js";

const encryptionKey = z.strictObject({
  name: dnsLabel("Name of the key; it is part of every stored value and never changes.", "key1"),
  provider: z
    .enum(["secretbox", "aescbc"])
    .default("secretbox")
    .describe("Cipher. Use aescbc only for a key that already exists."),
  secret: secretText("The key itself. Default: generated, unless cluster.existing.", key32).optional(),
  generate: z
    .boolean()
    .default(false)
    .describe("Generate it although cluster.existing is set. Only for a key that no stored value uses yet."),
  retired: z.boolean().default(false).describe("Keep it in the state, but stop rendering it."),
});

export const controlPlane = z
  .strictObject({
    delivery: z
      .enum(["export", "ssh"])
      .default("export")
      .describe(
        "How files get onto the nodes. export: `npm run node-files` writes an archive for cloud-init or Ansible. ssh: `pulumi up` copies and applies them, one node after the other.",
      ),
    audit: z
      .strictObject({
        secretsLevel: z
          .enum(["Metadata", "RequestResponse"])
          .default("Metadata")
          .describe("Level for Secrets. RequestResponse writes their values into the audit log."),
        maxAgeDays: z
          .int()
          .min(1)
          .max(365)
          .default(30)
          .describe("Days a rotated audit log is kept, unless maxBackups ends it earlier."),
        maxBackups: z
          .int()
          .min(1)
          .max(100)
          .default(30)
          .describe("Rotated audit logs kept. 30 files of 100 MB hold 30 days of 100 MB each."),
        maxSizeMB: z
          .int()
          .min(1)
          .max(1000)
          .default(100)
          .describe("Megabytes at which the audit log rotates."),
      })
      .prefault({})
      .describe("Audit log of the API server."),
    encryption: z
      .strictObject({
        keys: z
          .array(encryptionKey)
          .min(1)
          .prefault([{ name: "key1" }])
          .describe("The first active key writes; all active keys read."),
        identityFallback: z
          .boolean()
          .default(false)
          .describe("Also read unencrypted values. Only while a cluster migrates to encryption."),
      })
      .prefault({})
      .describe("Encryption of Secrets in etcd."),
  })
  .describe("kubeadm configuration of the control plane.");
