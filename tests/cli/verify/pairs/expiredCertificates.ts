import "reflect-metadata";
import assert from "node:assert/strict";
import { webcrypto } from "node:crypto";
import * as x509 from "@peculiar/x509";
import { condition, deployments } from "../addonClaims.js";
import { named, workload, type FakeOptions } from "../fakeTarget.js";
import { pair, type Pairs } from "./pair.js";

export const certificateSettings = {
  "certificates.certificates": [
    {
      name: "web",
      namespace: "traefik",
      secretName: "web-tls",
      issuer: "letsencrypt-prod",
      dnsNames: ["example.com", "*.example.com"],
    },
  ],
};
export const certificatePath = "/apis/cert-manager.io/v1/namespaces/traefik/certificates/web";
export const days = (count: number) => new Date(Date.now() + count * 86_400_000);

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
interface Authority {
  keys: webcrypto.CryptoKeyPair;
  pem: string;
  name: string;
}
const newKeys = () => webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);

export async function authority(name: string): Promise<Authority> {
  const keys = await newKeys();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned(
    {
      ...{ name, keys, signingAlgorithm: algorithm, notBefore: days(-900), notAfter: days(900) },
      extensions: [new x509.BasicConstraintsExtension(true)],
    },
    webcrypto,
  );
  return { keys, pem: certificate.toString("pem"), name };
}

/** What cert-manager writes into a Secret: a certificate, its key, and the authority's certificate. */
export async function secretFor(by: Authority, names: string[], from = -1, until = 60) {
  const keys = await newKeys();
  const certificate = await x509.X509CertificateGenerator.create(
    {
      ...{ subject: "CN=test", issuer: by.name, publicKey: keys.publicKey, signingKey: by.keys.privateKey },
      ...{ signingAlgorithm: algorithm, notBefore: days(from), notAfter: days(until) },
      extensions: [new x509.SubjectAlternativeNameExtension(names.map((value) => ({ type: "dns", value })))],
    },
    webcrypto,
  );
  const key = await webcrypto.subtle.exportKey("pkcs8", keys.privateKey);
  return base64({
    "tls.crt": certificate.toString("pem"),
    "tls.key": x509.PemConverter.encode(key, "PRIVATE KEY"),
    "ca.crt": by.pem,
  });
}
export const base64 = (texts: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(texts).map(([key, text]) => [key, Buffer.from(text).toString("base64")]));

export const spec = {
  secretName: "web-tls",
  dnsNames: ["example.com", "*.example.com"],
  issuerRef: { name: "letsencrypt-prod", kind: "ClusterIssuer" },
};
export const ready = {
  ...condition("Ready", "True"),
  notAfter: days(60).toISOString(),
  renewalTime: days(30).toISOString(),
};

export const issuers = "/apis/cert-manager.io/v1/clusterissuers";
export const directory = "https://acme-v02.api.letsencrypt.org/directory";
export const acme = (
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
export const selfSigned = (spec: object = { selfSigned: {} }, ready = "True") => ({
  [`${issuers}/selfsigned-issuer`]: named("x", { spec, status: condition("Ready", ready, "broken") }),
});
export const issuedBy = (name: string, ready?: string) => ({
  "/apis/cert-manager.io/v1/certificates": [
    named(
      "internal-ca",
      { spec: { issuerRef: { name } }, ...(ready && { status: condition("Ready", ready) }) },
      "cert-manager",
    ),
  ],
});
export const tokenPath = "/api/v1/namespaces/cert-manager/secrets/cloudflare-api-token";
export const tokenSecret = (value: string) => ({
  [tokenPath]: { data: { "api-token": Buffer.from(value).toString("base64") } },
});
export const cloudflare = (body: string, status = 200): FakeOptions => ({
  web: (url, request) => {
    assert.equal(url, "https://api.cloudflare.com/client/v4/user/tokens/verify");
    assert.deepEqual(request, { token: "of-the-zone" });
    return Promise.resolve({ status, body, distrust: undefined });
  },
});
export const there =
  "Secret cert-manager/cloudflare-api-token holds a token, in cert-manager's own namespace";

const certificate = (status: object) => ({ [certificatePath]: named("web", { spec, status }) });
const ofSettings = { settings: certificateSettings };

export const expiredCertificates: Pairs = {
  "cert-manager runs": pair(
    (ready) => ({
      answers: Object.fromEntries(
        ["cert-manager", "cert-manager-webhook", "cert-manager-cainjector"].map((name) => [
          `${deployments("cert-manager")}/${name}`,
          workload(name, name === "cert-manager-webhook" ? ready : 1),
        ]),
      ),
    }),
    1,
    0,
  ),
  "letsencrypt-prod uses": pair(
    (ready) => ({
      answers: { [`${issuers}/letsencrypt-prod`]: acme(directory, "api-token", condition("Ready", ready)) },
    }),
    "True",
    "False",
  ),
  "selfsigned-issuer issues": pair(
    (ready) => ({ answers: { ...selfSigned(), ...issuedBy("selfsigned-issuer", ready) } }),
    "True",
    "False",
  ),
  "The Cloudflare token": pair(
    (status) => ({
      answers: tokenSecret("of-the-zone"),
      options: cloudflare(JSON.stringify({ result: { status } })),
    }),
    "active",
    "disabled",
  ),
  "Each certificate is asked for": pair(
    (dnsNames) => ({
      answers: { [certificatePath]: named("web", { spec: { ...spec, dnsNames } }) },
      options: ofSettings,
    }),
    spec.dnsNames,
    ["example.com"],
  ),
  "Each certificate is Ready": pair(
    async (until) => {
      const web = await authority("CN=web");
      const secret = JSON.stringify({ data: await secretFor(web, spec.dnsNames, -90, until) });
      return {
        answers: {
          ...certificate(ready),
          "/api/v1/namespaces/traefik/secrets/web-tls": () => ({ body: secret }),
        },
        options: { ...ofSettings, roots: [web.pem] },
      };
    },
    60,
    -1,
  ),
  "Certificates are renewed": pair(
    (inDays) => ({
      answers: certificate({ ...ready, renewalTime: days(inDays).toISOString() }),
      options: ofSettings,
    }),
    30,
    -1,
  ),
};
