import { named } from "./fakeTarget.js";
import { claims, simulated, condition } from "./addonClaims.js";

const issuers = "/apis/cert-manager.io/v1/clusterissuers";
const directory = "https://acme-v02.api.letsencrypt.org/directory";
const acme = (
  server = directory,
  key = "api-token",
  status: object | undefined = condition("Ready", "True"),
) =>
  named("letsencrypt-prod", {
    spec: {
      acme: {
        server,
        solvers: [{ dns01: { cloudflare: { apiTokenSecretRef: { name: "cloudflare-api-token", key } } } }],
      },
    },
    status,
  });
claims("Expired TLS certs", "letsencrypt-prod uses", [
  [
    "it does",
    { [`${issuers}/letsencrypt-prod`]: acme() },
    "proved",
    `letsencrypt-prod: ${directory}, DNS-01 by Cloudflare, Ready`,
  ],
  [
    "nobody could answer",
    { [`${issuers}/letsencrypt-prod`]: { ...acme(), status: undefined } },
    "proved",
    `letsencrypt-prod: ${directory}, DNS-01 by Cloudflare`,
    simulated,
  ],
  [
    "nobody has answered",
    { [`${issuers}/letsencrypt-prod`]: { ...acme(), status: undefined } },
    "failed",
    "letsencrypt-prod is not ready: cert-manager has not answered",
  ],
  [
    "it asks another server, with another token",
    { [`${issuers}/letsencrypt-prod`]: acme("https://acme.example.com", "token") },
    "failed",
    `letsencrypt-prod asks https://acme.example.com, not ${directory}; ` +
      "letsencrypt-prod has no DNS-01 solver with the token cloudflare-api-token/api-token",
  ],
  [
    "the account was refused",
    {
      [`${issuers}/letsencrypt-prod`]: acme(
        directory,
        "api-token",
        condition("Ready", "False", "account gone"),
      ),
    },
    "failed",
    "letsencrypt-prod is not ready: account gone",
  ],
  ["it is not there", {}, "failed", "there is no ClusterIssuer letsencrypt-prod"],
  [
    "staging's is not there",
    { [`${issuers}/letsencrypt-prod`]: acme() },
    "failed",
    "there is no ClusterIssuer letsencrypt-staging",
    { settings: { "certificates.acme.environment": "staging" } },
  ],
]);
claims("Expired TLS certs", "selfsigned-issuer issues", [
  [
    "it does",
    {
      [`${issuers}/selfsigned-issuer`]: named("x", {
        spec: { selfSigned: {} },
        status: condition("Ready", "True"),
      }),
    },
    "proved",
    "selfsigned-issuer: self-signed, Ready",
  ],
  [
    "it does not",
    {
      [`${issuers}/selfsigned-issuer`]: named("x", {
        spec: { ca: {} },
        status: condition("Ready", "True"),
      }),
    },
    "failed",
    "selfsigned-issuer is not self-signed",
  ],
]);
claims("Expired TLS certs", "The Cloudflare token", [
  [
    "it is there",
    { "/api/v1/namespaces/cert-manager/secrets": [named("cloudflare-api-token")] },
    "proved",
    "Secret cert-manager/cloudflare-api-token is there, in cert-manager's own namespace",
  ],
  [
    "it is not",
    { "/api/v1/namespaces/cert-manager/secrets": [named("other")] },
    "failed",
    "there is no Secret cert-manager/cloudflare-api-token",
  ],
]);
