import assert from "node:assert/strict";
import { Issuers, type IssuersArgs } from "../../../components/certificates/issuers.js";
import { capture, type Capture, type CaptureOptions } from "../../kit/capture.js";
import { assertFitsCrd } from "./crdSchema.js";

const issuerType = "kubernetes:cert-manager.io/v1:ClusterIssuer";
const certificateType = "kubernetes:cert-manager.io/v1:Certificate";
const requestType = "kubernetes:cert-manager.io/v1:CertificateRequest";
const caPem = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";
const csrPem = "-----BEGIN CERTIFICATE REQUEST-----\nMIIA\n-----END CERTIFICATE REQUEST-----\n";
const base64 = (text: string) => Buffer.from(text).toString("base64");

const args: IssuersArgs = {
  zone: "example.org",
  email: "admin@example.org",
  namespace: "cert-manager",
  tokenSecretName: "cloudflare-api-token",
};

function run(change: Partial<IssuersArgs> = {}, options: CaptureOptions = {}): Promise<Capture> {
  return capture(() => new Issuers("issuers", { ...args, ...change }), {
    outputs: (type): Record<string, unknown> => {
      if (type === "tls:index/privateKey:PrivateKey") return { privateKeyPem: "private-key-of-the-request" };
      if (type === "tls:index/certRequest:CertRequest") return { certRequestPem: csrPem };
      if (type === requestType) return { status: { ca: base64(caPem), certificate: base64("leaf") } };
      return {};
    },
    ...options,
  });
}

const wait = { "pulumi.com/waitFor": "condition=Ready", "pulumi.com/timeoutSeconds": "600" };

describe("Issuers", () => {
  it("follows a CNAME to the zone that answers challenges, where that is asked for", async () => {
    const dns01 = async (change: Partial<IssuersArgs>) => {
      const { inputs } = (await run(change)).one(issuerType, "issuers-letsencrypt-prod");
      return inputs["spec"].acme.solvers[0].dns01;
    };
    assert.equal((await dns01({ cnameStrategy: "Follow" })).cnameStrategy, "Follow");
    assert.ok(!("cnameStrategy" in (await dns01({}))));
  });

  it("issues from Let's Encrypt by DNS-01 at Cloudflare, for the zone and all below it", async () => {
    const issuer = (await run()).one(issuerType, "issuers-letsencrypt-prod");
    assert.equal(issuer.parent, "issuers");
    assert.deepEqual(issuer.inputs["metadata"], { name: "letsencrypt-prod", annotations: wait });
    assert.deepEqual(issuer.inputs["spec"], {
      acme: {
        server: "https://acme-v02.api.letsencrypt.org/directory",
        email: "admin@example.org",
        privateKeySecretRef: { name: "letsencrypt-prod-account-key" },
        solvers: [
          {
            selector: { dnsZones: ["example.org"] },
            dns01: {
              cloudflare: { apiTokenSecretRef: { name: "cloudflare-api-token", key: "api-token" } },
            },
          },
        ],
      },
    });
  });

  it("has letsencrypt-staging with an account of its own only in the staging environment", async () => {
    const names = (all: Capture) =>
      all
        .ofType(issuerType)
        .map((issuer) => issuer.inputs["metadata"]["name"])
        .sort();
    const usual = ["internal-ca", "letsencrypt-prod", "selfsigned-issuer"];
    assert.deepEqual(names(await run()), usual);
    assert.deepEqual(names(await run({ acmeEnvironment: "production" })), usual);
    const staging = await run({ acmeEnvironment: "staging" });
    assert.deepEqual(names(staging), [
      "internal-ca",
      "letsencrypt-prod",
      "letsencrypt-staging",
      "selfsigned-issuer",
    ]);
    const { acme } = staging.one(issuerType, "issuers-letsencrypt-staging").inputs["spec"];
    assert.equal(acme.server, "https://acme-staging-v02.api.letsencrypt.org/directory");
    assert.equal(acme.privateKeySecretRef.name, "letsencrypt-staging-account-key");
  });

  it("has a self-signed issuer that is part of nothing else", async () => {
    const issuer = (await run()).one(issuerType, "issuers-selfsigned-issuer");
    assert.deepEqual(issuer.inputs["spec"], { selfSigned: {} });
  });

  it("fits the CRDs of the pinned cert-manager", async function () {
    const all = await run({ acmeEnvironment: "staging" });
    for (const [type, kind] of [
      [issuerType, "ClusterIssuer"],
      [certificateType, "Certificate"],
      [requestType, "CertificateRequest"],
    ] as const) {
      const found = all.ofType(type);
      assert.ok(found.length > 0);
      for (const { inputs } of found) assertFitsCrd(this, kind, inputs["spec"]);
    }
  });

  it("waits as long as asked, or not at all", async () => {
    const annotations = (all: Capture) =>
      all.resources.filter((r) => r.inputs["metadata"]).map((r) => r.inputs["metadata"]["annotations"]);
    const waiting = annotations(await run({ timeoutSeconds: 60 }));
    assert.equal(waiting.length, 5);
    for (const found of waiting) assert.deepEqual(found, { ...wait, "pulumi.com/timeoutSeconds": "60" });
    for (const found of annotations(await run({ timeoutSeconds: 0 }))) assert.equal(found, undefined);
  });

  it("registers the same resources with known and unknown values", async () => {
    assert.deepEqual((await run({}, { preview: true })).shape(), (await run()).shape());
  });
});

describe("InternalCa", () => {
  it("is a ten-year CA signed by the self-signed issuer, for named domains only", async () => {
    const certificate = (await run()).one(certificateType);
    assert.equal(certificate.name, "issuers-internal-ca-certificate");
    assert.equal(certificate.parent, "issuers-internal-ca");
    assert.deepEqual(certificate.inputs["metadata"], {
      name: "internal-ca",
      namespace: "cert-manager",
      annotations: wait,
    });
    assert.deepEqual(certificate.inputs["spec"], {
      isCA: true,
      commonName: "internal-ca",
      subject: { organizations: ["example.org"] },
      secretName: "internal-ca",
      duration: "87600h0m0s",
      renewBefore: "8760h0m0s",
      privateKey: { algorithm: "ECDSA", size: 256, rotationPolicy: "Never" },
      revisionHistoryLimit: 1,
      usages: ["cert sign", "crl sign"],
      nameConstraints: {
        critical: true,
        permitted: { dnsDomains: ["example.org", "svc", "cluster.local"] },
      },
      issuerRef: { group: "cert-manager.io", kind: "ClusterIssuer", name: "selfsigned-issuer" },
    });
    assert.ok(certificate.dependencies.includes("issuers-selfsigned-issuer"));
  });

  it("signs with the Secret of that certificate, once it is there", async () => {
    const all = await run();
    const issuer = all.one(issuerType, "issuers-internal-ca-issuer");
    assert.deepEqual(issuer.inputs["spec"], {
      ca: { secretName: all.one(certificateType).inputs["spec"]["secretName"] },
    });
    assert.deepEqual(issuer.dependencies, ["issuers-internal-ca-certificate"]);
  });

  it("asks the CA for its certificate with a throw-away key", async () => {
    const request = (await run()).one(requestType);
    assert.equal(request.inputs["metadata"]["namespace"], "cert-manager");
    assert.deepEqual(request.inputs["spec"], {
      issuerRef: { group: "cert-manager.io", kind: "ClusterIssuer", name: "internal-ca" },
      request: base64(csrPem),
      duration: "1h0m0s",
      usages: ["digital signature"],
    });
    assert.ok(request.dependencies.includes("issuers-internal-ca-issuer"));
    assert.equal("status" in request.inputs, false);
  });

  it("replaces a request that would change, because cert-manager refuses to change one", async () => {
    const request = (await run()).one(requestType);
    assert.deepEqual(request.replaceOnChanges, ["spec"]);
    assert.equal(request.deleteBeforeReplace, true);
  });

  it("asks anew, and only then, when the CA itself changes", async () => {
    const nameOf = (all: Capture) => all.one(requestType).inputs["metadata"]["name"] as string;
    const name = nameOf(await run());
    assert.match(name, /^ca-certificate-of-internal-ca-[0-9a-f]{8}$/);
    assert.equal(nameOf(await run({ email: "other@example.org", acmeEnvironment: "staging" })), name);
    assert.notEqual(nameOf(await run({ internalDomains: ["example.org"] })), name);
  });

  it("keeps the throw-away key secret", async () => {
    const all = await run();
    assert.equal(all.one("tls:index/certRequest:CertRequest").isSecret("privateKeyPem"), true);
    assert.ok(all.one("tls:index/privateKey:PrivateKey").additionalSecretOutputs.includes("privateKeyPem"));
    const others = all.resources.filter((resource) => resource.type !== "tls:index/certRequest:CertRequest");
    assert.equal(JSON.stringify(others).includes("private-key-of-the-request"), false);
  });

  it("gives the CA's certificate as text", async () => {
    const all = await run();
    assert.deepEqual(all.one("cluster-security:certificates:Issuers").outputs, { internalCa: caPem });
    assert.deepEqual(all.one("cluster-security:certificates:InternalCa").outputs, { certificate: caPem });
  });

  for (const [title, status] of [
    ["no answer", undefined],
    ["an answer without a CA", { certificate: base64("leaf") }],
  ] as const) {
    it(`gives an empty text after ${title}`, async () => {
      const all = await run(
        {},
        {
          outputs: (type) =>
            type.includes("certRequest") ? { certRequestPem: csrPem } : status ? { status } : {},
        },
      );
      assert.deepEqual(all.one("cluster-security:certificates:Issuers").outputs, { internalCa: "" });
    });
  }
});
