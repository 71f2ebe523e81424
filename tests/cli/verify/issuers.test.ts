import { claims, simulated, condition } from "./addonClaims.js";
import {
  acme,
  cloudflare,
  directory,
  issuedBy,
  issuers,
  selfSigned,
  there,
  tokenSecret,
} from "./pairs/expiredCertificates.js";

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
    "unchecked",
    /^letsencrypt-prod: .*, DNS-01 by Cloudflare, and no account is registered: no pod/,
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
    { ...selfSigned(), ...issuedBy("selfsigned-issuer", "True") },
    "proved",
    "selfsigned-issuer: self-signed, Ready; issued cert-manager/internal-ca",
  ],
  [
    "it has issued nothing",
    { ...selfSigned(), ...issuedBy("selfsigned-issuer") },
    "failed",
    "selfsigned-issuer has not issued cert-manager/internal-ca",
  ],
  [
    "another one has",
    { ...selfSigned(), ...issuedBy("letsencrypt-prod", "True") },
    "failed",
    "no certificate is asked for from selfsigned-issuer",
  ],
  [
    "nobody could issue",
    { ...selfSigned(), ...issuedBy("selfsigned-issuer") },
    "unchecked",
    /and nothing is issued: no pod/,
    simulated,
  ],
  [
    "it is none",
    { ...selfSigned({ ca: {} }), ...issuedBy("selfsigned-issuer", "True") },
    "failed",
    "selfsigned-issuer is not self-signed",
  ],
  ["it is not ready", selfSigned(undefined, "False"), "failed", "selfsigned-issuer is not ready: broken"],
  ["it is not there", {}, "failed", "there is no ClusterIssuer selfsigned-issuer"],
]);
claims("Expired TLS certs", "The Cloudflare token", [
  [
    "it is there, and active",
    tokenSecret("of-the-zone"),
    "proved",
    `${there}, and Cloudflare says that it is active`,
    cloudflare('{"result":{"status":"active"}}'),
  ],
  [
    "it has expired",
    tokenSecret("of-the-zone"),
    "failed",
    "Cloudflare does not accept the token in cert-manager/cloudflare-api-token: it is expired",
    cloudflare('{"result":{"status":"expired"}}'),
  ],
  [
    "it was revoked",
    tokenSecret("of-the-zone"),
    "failed",
    "Cloudflare does not accept the token in cert-manager/cloudflare-api-token: it is not valid",
    cloudflare('{"success":false,"errors":[{"code":1000}],"result":null}'),
  ],
  [
    "Cloudflare is out of reach",
    tokenSecret("of-the-zone"),
    "unchecked",
    `${there}, but Cloudflare cannot be asked from here: getaddrinfo ENOTFOUND`,
  ],
  [
    "it may not be used from here",
    tokenSecret("of-the-zone"),
    "unchecked",
    `${there}, but Cloudflare does not judge it from here: status 403, code 9109`,
    cloudflare('{"success":false,"errors":[{"code":9109}],"result":null}', 403),
  ],
  [
    "Cloudflare has an outage",
    tokenSecret("of-the-zone"),
    "unchecked",
    `${there}, but Cloudflare does not judge it from here: status 502`,
    cloudflare("<html>", 502),
  ],
  [
    "nobody uses it",
    tokenSecret("of-the-zone"),
    "unchecked",
    /and nobody uses it: no pod really runs/,
    simulated,
  ],
  [
    "the Secret is empty",
    tokenSecret(" "),
    "failed",
    "the Secret cert-manager/cloudflare-api-token holds no api-token",
  ],
  ["it is not", {}, "failed", "there is no Secret cert-manager/cloudflare-api-token"],
]);
