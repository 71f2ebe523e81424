import { z } from "zod";

const text = (min: number, max: number) => z.string().min(min).max(max);
const name = text(1, 253);
const group = z.string().max(253);
const condition = z.strictObject({ group, kind: text(1, 63), name });

/** BackendTLSPolicy of Gateway API's standard channel (https://gateway-api.sigs.k8s.io/api-types/backendtlspolicy/). */
export const backendTlsPolicy = z.strictObject({
  apiVersion: z.literal("gateway.networking.k8s.io/v1"),
  kind: z.literal("BackendTLSPolicy"),
  metadata: z.looseObject({}),
  spec: z.strictObject({
    options: z.record(z.string(), z.string().max(4096)).optional(),
    targetRefs: z
      .array(condition.extend({ sectionName: name.optional() }))
      .min(1)
      .max(16),
    validation: z
      .strictObject({
        caCertificateRefs: z.array(condition).max(8).optional(),
        hostname: text(1, 253),
        subjectAltNames: z
          .array(
            z.discriminatedUnion("type", [
              z.strictObject({ type: z.literal("Hostname"), hostname: text(1, 253) }),
              z.strictObject({ type: z.literal("URI"), uri: text(1, 253) }),
            ]),
          )
          .max(5)
          .optional(),
        wellKnownCACertificates: z.literal("System").optional(),
      })
      .refine(
        ({ caCertificateRefs, wellKnownCACertificates }) =>
          (caCertificateRefs?.length ?? 0) > 0 !== (wellKnownCACertificates !== undefined),
        "must have either caCertificateRefs or wellKnownCACertificates",
      ),
  }),
});
