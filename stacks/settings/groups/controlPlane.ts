import { z } from "zod";
import { dnsLabel } from "../fields.js";
import { key32, secretText } from "../secretText.js";

const encryptionKey = z.strictObject({
  name: dnsLabel("Name of the key; it stands in every stored value and never changes."),
  provider: z
    .enum(["secretbox", "aescbc"])
    .default("secretbox")
    .describe("secretbox; aescbc where it exists already."),
  secret: secretText("The key itself. Default: generated, unless cluster.existing.", key32).optional(),
  generate: z
    .boolean()
    .default(false)
    .describe("Generate it although cluster.existing: a key that no stored value uses yet."),
  retired: z.boolean().default(false).describe("Kept in the state, no longer rendered."),
});

export const controlPlane = z
  .strictObject({
    delivery: z
      .enum(["export", "ssh"])
      .default("export")
      .describe(
        "How files get onto the nodes. export: npm run node-files writes them, for cloud-init or Ansible; ssh: pulumi up lays and applies them, one node after the other.",
      ),
    audit: z
      .strictObject({
        secretsLevel: z
          .enum(["Metadata", "RequestResponse"])
          .default("Metadata")
          .describe("Level for Secrets. RequestResponse writes their values into the audit log."),
        maxAgeDays: z.int().min(1).max(365).default(30).describe("Days a rotated audit log is kept."),
        maxBackups: z.int().min(1).max(100).default(10).describe("Rotated audit logs kept."),
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
          .describe("Also read what is stored unencrypted; only while a cluster migrates to encryption."),
      })
      .prefault({})
      .describe("Encryption of Secrets in etcd."),
  })
  .describe("kubeadm configuration of the control plane.");
