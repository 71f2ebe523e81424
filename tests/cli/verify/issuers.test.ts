import { claims, simulated, condition } from "./addonClaims.js";
import { authority, secretFor, selfSignedSecret } from "./pairs/certificateMaterial.js";
import {
  account,
  acme,
  cloudflare,
  directory,
  held,
  issuedBy,
  issuers,
  running,
  selfSigned,
  there,
  tokenSecret,
} from "./pairs/expiredCertificates.js";

claims("Expired TLS certs", "letsencrypt-prod uses", [
  [
    "it does",
    { [`${issuers}/letsencrypt-prod`]: acme(), ...account, ...running() },
    "proved",
    `letsencrypt-prod: ${directory}, DNS-01 by Cloudflare, Ready`,
  ],
  [
    "another server stands in for Let's Encrypt",
    { [`${issuers}/letsencrypt-prod`]: acme(), ...account, ...running() },
    "proved",
    /, Ready; pebble stands in for Let's Encrypt, and no browser trusts it; the lab stands in for Cloudflare$/,
    { acmeStandIn: { name: "pebble", root: "" } },
  ],
  [
    "cert-manager is gone",
    { [`${issuers}/letsencrypt-prod`]: acme(), ...account, ...running(0) },
    "failed",
    /, Ready; but Deployment cert-manager\/cert-manager has 0 of 1 pods ready$/,
  ],
  [
    "its account's key is gone",
    { [`${issuers}/letsencrypt-prod`]: acme(), ...running() },
    "failed",
    "letsencrypt-prod has no account: the Secret cert-manager/letsencrypt-prod-account-key holds no key",
  ],
  [
    "cert-manager has not looked at what it is now",
    {
      [`${issuers}/letsencrypt-prod`]: {
        ...acme(directory, "api-token", {
          conditions: [{ type: "Ready", status: "True", observedGeneration: 1 }],
        }),
        metadata: { name: "letsencrypt-prod", generation: 2 },
      },
      ...account,
      ...running(),
    },
    "failed",
    "letsencrypt-prod was changed, and cert-manager has not looked at it since",
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
    { [`${issuers}/letsencrypt-prod`]: { ...acme(), status: undefined }, ...account },
    "failed",
    "letsencrypt-prod is not ready: cert-manager has not answered",
  ],
  [
    "it asks another server, with another token",
    { [`${issuers}/letsencrypt-prod`]: acme("https://acme.example.com", "token"), ...account },
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
      ...account,
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
const [own, signed] = [await selfSignedSecret(), await secretFor(await authority("CN=web"), ["a"])];
claims("Expired TLS certs", "selfsigned-issuer issues", [
  [
    "the Secret is gone",
    { ...selfSigned(), ...issuedBy("selfsigned-issuer", "True"), ...running() },
    "failed",
    "cert-manager/internal-ca is Ready, but its Secret internal-ca holds no certificate",
  ],
  [
    "the Secret holds one that another key has signed",
    { ...selfSigned(), ...issuedBy("selfsigned-issuer", "True"), ...held(signed), ...running() },
    "failed",
    "cert-manager/internal-ca is signed by another key than its own",
  ],
  [
    "cert-manager is gone",
    { ...selfSigned(), ...issuedBy("selfsigned-issuer", "True"), ...held(own) },
    "failed",
    /; issued cert-manager\/internal-ca; but there is no Deployment cert-manager\/cert-manager$/,
  ],
  [
    "it does",
    { ...selfSigned(), ...issuedBy("selfsigned-issuer", "True"), ...held(own), ...running() },
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
  [
    "another server stands in for Cloudflare, which is not told it",
    tokenSecret("of-the-zone"),
    "unchecked",
    `${there}; the lab stands in for Cloudflare, which alone could judge it`,
    { ...cloudflare('{"result":{"status":"active"}}'), acmeStandIn: { name: "pebble", root: "" } },
  ],
]);
