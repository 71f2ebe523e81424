import { z } from "zod";

const selector = z.strictObject({ matchLabels: z.record(z.string(), z.string()).optional() });
const cidrSet = z
  .array(z.strictObject({ cidr: z.string(), except: z.array(z.string()).optional() }))
  .optional();
const entities = z
  .array(
    z.enum([
      "all",
      "cluster",
      "health",
      "host",
      "init",
      "kube-apiserver",
      "none",
      "remote-node",
      "unmanaged",
      "world",
    ]),
  )
  .optional();
const ports = z
  .array(z.strictObject({ port: z.string().regex(/^\d+$/), protocol: z.enum(["TCP", "UDP", "SCTP", "ANY"]) }))
  .min(1)
  .max(40);
const dnsName = z
  .string()
  .max(255)
  .regex(/^([-a-zA-Z0-9_*]+[.]?)+$/);

const ingress = z.strictObject({
  fromEndpoints: z.array(selector).optional(),
  fromEntities: entities,
  fromCIDRSet: cidrSet,
  toPorts: z
    .array(
      z.strictObject({
        ports,
        rules: z
          .strictObject({ http: z.array(z.strictObject({ method: z.string(), path: z.string() })) })
          .optional(),
      }),
    )
    .optional(),
});

const egress = z.strictObject({
  toEndpoints: z.array(selector).optional(),
  toEntities: entities,
  toCIDRSet: cidrSet,
  toFQDNs: z
    .array(z.union([z.strictObject({ matchName: dnsName }), z.strictObject({ matchPattern: dnsName })]))
    .optional(),
  toPorts: z
    .array(
      z.strictObject({
        ports,
        rules: z.strictObject({ dns: z.array(z.strictObject({ matchPattern: z.string() })) }).optional(),
      }),
    )
    .optional(),
});

/**
 * CiliumNetworkPolicy, as far as it is used here
 * (https://docs.cilium.io/en/stable/network/kubernetes/policy/#ciliumnetworkpolicy). Whether Cilium takes it is for
 * tools/cilium/cilium-policy to say.
 */
export const ciliumNetworkPolicy = z.strictObject({
  apiVersion: z.literal("cilium.io/v2"),
  kind: z.literal("CiliumNetworkPolicy"),
  metadata: z.looseObject({}),
  spec: z.strictObject({
    endpointSelector: selector,
    enableDefaultDeny: z.strictObject({ ingress: z.boolean(), egress: z.boolean() }),
    ingress: z.array(ingress).min(1).optional(),
    egress: z.array(egress).min(1).optional(),
  }),
});
