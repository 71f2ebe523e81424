import { z } from "zod";
import { certificatePem } from "../fields/keys.js";
import { dnsLabel } from "../fields/names.js";
import { pemPrivateKey, secretText } from "../secretText.js";

const sealingKey = z.strictObject({
  name: dnsLabel("Name of the key pair, such as its year; it never changes.", "first"),
  certificate: certificatePem("Its certificate in PEM form; required with privateKey.").optional(),
  privateKey: secretText(
    "Its private key. Default: generated, unless cluster.existing.",
    pemPrivateKey,
  ).optional(),
  generate: z
    .boolean()
    .default(false)
    .describe(
      "Generate it although cluster.existing is set. Only for a key pair that nothing is sealed with yet.",
    ),
});

export const secrets = z
  .strictObject({
    sealingKeys: z
      .array(sealingKey)
      .min(1)
      .prefault([{ name: "first" }])
      .describe("Key pairs of Sealed Secrets, oldest first; the last one seals, all of them unseal."),
  })
  .prefault({})
  .describe("Sealed Secrets.");
