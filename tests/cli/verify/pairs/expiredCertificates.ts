import "reflect-metadata";
import assert from "node:assert/strict";
import * as x509 from "@peculiar/x509";
import { condition, deployments } from "../addonClaims.js";
import { named, workload, type FakeOptions } from "../fakeTarget.js";
import { base64, days, derOf, material, type Material } from "./certificateMaterial.js";
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
const secrets = "/api/v1/namespaces/cert-manager/secrets";
export const account = {
  [`${secrets}/letsencrypt-prod-account-key`]: { data: base64({ "tls.key": "of the account" }) },
};
export const selfSigned = (spec: object = { selfSigned: {} }, ready = "True") => ({
  [`${issuers}/selfsigned-issuer`]: named("x", { spec, status: condition("Ready", ready, "broken") }),
});
export const issuedBy = (name: string, ready?: string) => ({
  "/apis/cert-manager.io/v1/certificates": [
    named(
      "internal-ca",
      {
        spec: { issuerRef: { name }, secretName: "internal-ca" },
        ...(ready && { status: condition("Ready", ready) }),
      },
      "cert-manager",
    ),
  ],
});
/** What the Secret of the internal CA holds. */
export const held = (data: Record<string, string>) => ({ [`${secrets}/internal-ca`]: { data } });
/** cert-manager's controller, with so many pods ready. */
export const running = (ready = 1) => ({
  [`${deployments("cert-manager")}/cert-manager`]: workload("cert-manager", ready),
});
export const tokenPath = "/api/v1/namespaces/cert-manager/secrets/cloudflare-api-token";
export const tokenSecret = (value: string) => ({
  [tokenPath]: { data: { "api-token": Buffer.from(value).toString("base64") } },
});
export const cloudflare = (body: string, status = 200): FakeOptions => ({
  web: (url, request) => {
    assert.equal(url, "https://api.cloudflare.com/client/v4/user/tokens/verify");
    assert.deepEqual(request, { token: "of-the-zone" });
    return Promise.resolve({ status, body, distrust: undefined, chain: [] });
  },
});
export const there =
  "Secret cert-manager/cloudflare-api-token holds a token, in cert-manager's own namespace";

export const webSecret = "/api/v1/namespaces/traefik/secrets/web-tls";
/** A Gateway that ends TLS with the Secret's certificate, and a route to it. */
export const gateway = (listener: object = {}, hostnames = ["example.com", "*.example.com"]) => ({
  "/apis/gateway.networking.k8s.io/v1/namespaces/traefik/gateways/traefik-gateway": named(
    "traefik-gateway",
    {
      spec: {
        listeners: [
          { name: "web", port: 80, protocol: "HTTP" },
          {
            ...{ name: "websecure", port: 443, protocol: "HTTPS" },
            ...{ tls: { certificateRefs: [{ name: "web-tls" }] }, ...listener },
          },
        ],
      },
    },
    "traefik",
  ),
  "/apis/gateway.networking.k8s.io/v1/httproutes": [
    named(
      "shop",
      { spec: { hostnames, parentRefs: [{ name: "traefik-gateway", namespace: "traefik" }] } },
      "shop",
    ),
    named(
      "other",
      { spec: { hostnames: ["other.example.com"], parentRefs: [{ name: "traefik-gateway" }] } },
      "shop",
    ),
  ],
});
/** A server at example.com that shows these certificates. */
export const showing = (...chain: Buffer[]): FakeOptions => ({
  web: (url) => {
    assert.equal(url, "https://example.com/");
    return Promise.resolve({ status: 404, body: "", distrust: undefined, chain });
  },
});

const certificate = (status: object) => ({ [certificatePath]: named("web", { spec, status }) });
const ofSettings = { settings: certificateSettings };
type Held = "stored" | "expired" | "other" | "own";
/** The renewal is that of the certificate that is stored. */
const plannedFor = ({ stored }: Material, renewal: string) => ({
  ...ready,
  notAfter: new Date(new x509.X509Certificate(derOf(stored)[0]!).notAfter).toISOString(),
  renewalTime: renewal,
});
const [later, earlier] = [days(30).toISOString(), days(-1).toISOString()];

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
  "letsencrypt-prod uses": pair<{ ready?: string; pods?: number; key?: string }>(
    ({ ready = "True", pods, key = "of the account" }) => ({
      answers: {
        [`${issuers}/letsencrypt-prod`]: acme(directory, "api-token", condition("Ready", ready)),
        [`${secrets}/letsencrypt-prod-account-key`]: { data: base64({ "tls.key": key }) },
        ...running(pods),
      },
    }),
    {},
    { ready: "False" },
    { pods: 0 },
    { key: "" },
  ),
  "selfsigned-issuer issues": pair<{ ready?: string; pods?: number; secret?: Held }>(
    async ({ ready = "True", pods, secret = "own" }) => ({
      answers: {
        ...selfSigned(),
        ...issuedBy("selfsigned-issuer", ready),
        ...held((await material())[secret]),
        ...running(pods),
      },
    }),
    {},
    { ready: "False" },
    { pods: 0 },
    { secret: "stored" },
  ),
  "The Cloudflare token": pair(
    (status) => ({
      answers: tokenSecret("of-the-zone"),
      options: cloudflare(JSON.stringify({ result: { status } })),
    }),
    "active",
    "disabled",
  ),
  // Whether it is asked for is what the object says.
  "Each certificate is asked for": pair(
    (dnsNames) => ({
      answers: { [certificatePath]: named("web", { spec: { ...spec, dnsNames } }) },
      options: ofSettings,
    }),
    spec.dnsNames,
    ["example.com"],
  ),
  "Each certificate is Ready": pair<{ shown?: Held; secret?: Held }>(
    async ({ shown, secret = "stored" }) => {
      const made = await material();
      return {
        answers: { ...certificate(ready), [webSecret]: { data: made[secret] }, ...gateway() },
        options: { ...ofSettings, roots: [made.web.pem], ...showing(...derOf(made[shown ?? "stored"])) },
      };
    },
    {},
    { shown: "other" },
    { secret: "expired" },
  ),
  "Certificates are renewed": pair<{ renewal?: string; secret?: Held; pods?: number }>(
    async ({ renewal = later, secret = "stored", pods }) => {
      const made = await material();
      return {
        answers: {
          ...certificate(plannedFor(made, renewal)),
          [webSecret]: { data: made[secret] },
          ...running(pods),
        },
        options: ofSettings,
      };
    },
    {},
    { renewal: earlier },
    { secret: "other" },
    { pods: 0 },
  ),
};
