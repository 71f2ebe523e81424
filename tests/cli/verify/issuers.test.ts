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

claims("Expired TLS certs", "letsencrypt-prod uses", {
  "proved: it does": [
    { [`${issuers}/letsencrypt-prod`]: acme() },
    `letsencrypt-prod: ${directory}, DNS-01 by Cloudflare, Ready`,
  ],
  "unchecked: nobody could answer": [
    { [`${issuers}/letsencrypt-prod`]: { ...acme(), status: undefined } },
    /^letsencrypt-prod: .*, DNS-01 by Cloudflare, and no account is registered: no pod/,
    simulated,
  ],
  "failed: nobody has answered": [
    { [`${issuers}/letsencrypt-prod`]: { ...acme(), status: undefined } },
    "letsencrypt-prod is not ready: cert-manager has not answered",
  ],
  "failed: it asks another server, with another token": [
    { [`${issuers}/letsencrypt-prod`]: acme("https://acme.example.com", "token") },
    `letsencrypt-prod asks https://acme.example.com, not ${directory}; ` +
      "letsencrypt-prod has no DNS-01 solver with the token cloudflare-api-token/api-token",
  ],
  "failed: the account was refused": [
    {
      [`${issuers}/letsencrypt-prod`]: acme(
        directory,
        "api-token",
        condition("Ready", "False", "account gone"),
      ),
    },
    "letsencrypt-prod is not ready: account gone",
  ],
  "failed: it is not there": [{}, "there is no ClusterIssuer letsencrypt-prod"],
  "failed: staging's is not there": [
    { [`${issuers}/letsencrypt-prod`]: acme() },
    "there is no ClusterIssuer letsencrypt-staging",
    { settings: { "certificates.acme.environment": "staging" } },
  ],
});
claims("Expired TLS certs", "selfsigned-issuer issues", {
  "proved: it does": [
    { ...selfSigned(), ...issuedBy("selfsigned-issuer", "True") },
    "selfsigned-issuer: self-signed, Ready; issued cert-manager/internal-ca",
  ],
  "failed: it has issued nothing": [
    { ...selfSigned(), ...issuedBy("selfsigned-issuer") },
    "selfsigned-issuer has not issued cert-manager/internal-ca",
  ],
  "failed: another one has": [
    { ...selfSigned(), ...issuedBy("letsencrypt-prod", "True") },
    "no certificate is asked for from selfsigned-issuer",
  ],
  "unchecked: nobody could issue": [
    { ...selfSigned(), ...issuedBy("selfsigned-issuer") },
    /and nothing is issued: no pod/,
    simulated,
  ],
  "failed: it is none": [
    { ...selfSigned({ ca: {} }), ...issuedBy("selfsigned-issuer", "True") },
    "selfsigned-issuer is not self-signed",
  ],
  "failed: it is not ready": [selfSigned(undefined, "False"), "selfsigned-issuer is not ready: broken"],
  "failed: it is not there": [{}, "there is no ClusterIssuer selfsigned-issuer"],
});
claims("Expired TLS certs", "The Cloudflare token", {
  "proved: it is there, and active": [
    tokenSecret("of-the-zone"),
    `${there}, and Cloudflare says that it is active`,
    cloudflare('{"result":{"status":"active"}}'),
  ],
  "failed: it has expired": [
    tokenSecret("of-the-zone"),
    "Cloudflare does not accept the token in cert-manager/cloudflare-api-token: it is expired",
    cloudflare('{"result":{"status":"expired"}}'),
  ],
  "failed: it was revoked": [
    tokenSecret("of-the-zone"),
    "Cloudflare does not accept the token in cert-manager/cloudflare-api-token: it is not valid",
    cloudflare('{"success":false,"errors":[{"code":1000}],"result":null}'),
  ],
  "unchecked: Cloudflare is out of reach": [
    tokenSecret("of-the-zone"),
    `${there}, but Cloudflare cannot be asked from here: getaddrinfo ENOTFOUND`,
  ],
  "unchecked: it may not be used from here": [
    tokenSecret("of-the-zone"),
    `${there}, but Cloudflare does not judge it from here: status 403, code 9109`,
    cloudflare('{"success":false,"errors":[{"code":9109}],"result":null}', 403),
  ],
  "unchecked: Cloudflare has an outage": [
    tokenSecret("of-the-zone"),
    `${there}, but Cloudflare does not judge it from here: status 502`,
    cloudflare("<html>", 502),
  ],
  "unchecked: nobody uses it": [
    tokenSecret("of-the-zone"),
    /and nobody uses it: no pod really runs/,
    simulated,
  ],
  "failed: the Secret is empty": [
    tokenSecret(" "),
    "the Secret cert-manager/cloudflare-api-token holds no api-token",
  ],
  "failed: it is not": [{}, "there is no Secret cert-manager/cloudflare-api-token"],
});
