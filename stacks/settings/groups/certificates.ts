import { z } from "zod";
import { dnsLabel, dnsSubdomain, hostname, shortEnough } from "../fields/names.js";
import { publicResolver, sourceNetwork } from "../fields/networks.js";
import { timestamp } from "../fields/schedules.js";

const certificate = z.strictObject({
  name: dnsSubdomain("Name of the Certificate.", "harbor-tls"),
  namespace: dnsLabel("Its namespace.", "harbor"),
  secretName: dnsSubdomain("Secret the key pair is written to.", "harbor-tls-secret"),
  issuer: z
    .enum(["letsencrypt-prod", "selfsigned-issuer", "internal-ca"])
    .describe("ClusterIssuer; acme.environment staging moves letsencrypt-prod to letsencrypt-staging."),
  dnsNames: z
    .array(hostname("A name in the zone.", "allowed"))
    .min(1)
    .describe("Names the certificate is for."),
});

export const certificates = z
  .strictObject({
    zone: hostname("DNS zone at Cloudflare that contains every public name.", "never meant").meta({
      examples: ["example.org"],
    }),
    token: z
      .strictObject({
        expiresOn: timestamp(
          "When the Cloudflare token expires. To rotate the token, move this date and raise serial.",
        ),
        serial: z
          .int()
          .min(1)
          .default(1)
          .describe("Raise by one to replace the token; the new one is created first."),
        allowedCidrs: z
          .array(sourceNetwork("A public network."))
          .default([])
          .describe("Networks the token may be used from, as Cloudflare sees them. Default: any."),
      })
      .describe("API token for DNS-01 challenges, limited to the zone."),
    acme: z
      .strictObject({
        email: z
          .email({
            error: (issue) =>
              `${JSON.stringify(issue.input)} is not an e-mail address; it is required by the ACME account`,
          })
          .regex(shortEnough, "an e-mail address has at most 64 characters in front of its @, and 254 in all")
          .meta({
            description: "E-mail address of the Let's Encrypt account.",
            examples: ["admin@home.example.org"],
          }),
        environment: z
          .enum(["production", "staging"])
          .default("production")
          .describe("Let's Encrypt environment. Use staging to try things out; its rate limits are higher."),
        recursiveNameservers: z
          .array(publicResolver("A public recursive resolver, address:port, or https://address/path."))
          .min(1)
          .default(["1.1.1.1:53", "8.8.8.8:53"])
          .describe("Resolvers of the DNS-01 self-check. Over HTTPS where port 53 is closed or intercepted."),
        cnameStrategy: z
          .enum(["None", "Follow"])
          .default("None")
          .describe("Follow: a CNAME at _acme-challenge leads to the zone in which challenges are answered."),
      })
      .describe("Let's Encrypt."),
    waitSeconds: z
      .int()
      .min(0)
      .max(3600)
      .default(600)
      .describe("Seconds `up` waits for an issuer or a certificate to be ready; 0 does not wait."),
    certificates: z.array(certificate).default([]).describe("Certificates to keep issued."),
  })
  .describe("cert-manager, issuers and certificates.");
