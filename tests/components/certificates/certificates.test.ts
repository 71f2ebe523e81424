import assert from "node:assert/strict";
import {
  Certificates,
  type CertificateArgs,
  type CertificatesArgs,
  certificateSpec,
  issuerInUse,
} from "../../../components/certificates/certificates.js";
import { capture } from "../../kit/capture.js";
import { assertFitsCrd } from "./crdSchema.js";

const type = "kubernetes:cert-manager.io/v1:Certificate";
const harbor: CertificateArgs = {
  name: "harbor-tls",
  namespace: "harbor",
  secretName: "harbor-tls-secret",
  issuer: "letsencrypt-prod",
  dnsNames: ["harbor.example.org"],
};
const gateway: CertificateArgs = {
  name: "traefik-gateway-cert",
  namespace: "traefik",
  secretName: "traefik-tls-cert",
  issuer: "selfsigned-issuer",
  dnsNames: ["example.org", "*.example.org"],
};
const internal: CertificateArgs = { ...harbor, name: "internal", issuer: "internal-ca" };

const run = (args: Partial<CertificatesArgs> = {}, preview = false) =>
  capture(() => new Certificates("certificates", { certificates: [harbor, gateway], ...args }), { preview });

describe("Certificates", () => {
  it("keeps each certificate issued and waits until it is", async () => {
    const certificate = (await run()).one(type, "certificates-harbor-harbor-tls");
    assert.equal(certificate.parent, "certificates");
    assert.deepEqual(certificate.inputs["metadata"], {
      name: "harbor-tls",
      namespace: "harbor",
      annotations: { "pulumi.com/waitFor": "condition=Ready", "pulumi.com/timeoutSeconds": "600" },
    });
    assert.deepEqual(certificate.inputs["spec"], {
      secretName: "harbor-tls-secret",
      dnsNames: ["harbor.example.org"],
      issuerRef: { group: "cert-manager.io", kind: "ClusterIssuer", name: "letsencrypt-prod" },
      privateKey: { algorithm: "ECDSA", size: 256, rotationPolicy: "Always" },
      usages: ["digital signature", "server auth"],
      revisionHistoryLimit: 1,
    });
  });

  it("waits as long as asked, or not at all", async () => {
    const annotations = async (timeoutSeconds: number) =>
      (await run({ timeoutSeconds, certificates: [harbor] })).one(type).inputs["metadata"]["annotations"];
    assert.equal((await annotations(90))["pulumi.com/timeoutSeconds"], "90");
    assert.equal(await annotations(0), undefined);
  });

  it("moves Let's Encrypt certificates to staging, and no other", async () => {
    const all = await run({ acmeEnvironment: "staging", certificates: [harbor, gateway, internal] });
    const issuers = all
      .ofType(type)
      .map(({ inputs }) => [inputs["metadata"]["name"], inputs["spec"]["issuerRef"]["name"]]);
    assert.deepEqual(Object.fromEntries(issuers), {
      "harbor-tls": "letsencrypt-staging",
      "traefik-gateway-cert": "selfsigned-issuer",
      internal: "internal-ca",
    });
  });

  it("tells which Secret holds which certificate", async () => {
    const outputs = (await run()).one("cluster-security:certificates:Certificates").outputs;
    assert.deepEqual(outputs, {
      secretNames: {
        "harbor/harbor-tls": "harbor-tls-secret",
        "traefik/traefik-gateway-cert": "traefik-tls-cert",
      },
    });
  });

  it("makes the users of that Secret wait for the certificate", async () => {
    const all = await capture(async () => {
      const { Secret } = await import("@pulumi/kubernetes/core/v1/secret.js");
      const certificates = new Certificates("certificates", { certificates: [harbor] });
      new Secret("user", {
        stringData: { name: certificates.secretNames.apply((names) => names["harbor/harbor-tls"]!) },
      });
    });
    assert.deepEqual(all.one("kubernetes:core/v1:Secret").dependencies, ["certificates-harbor-harbor-tls"]);
  });

  it("keeps certificates of one name in two namespaces apart", async () => {
    const all = await run({ certificates: [harbor, { ...harbor, namespace: "other" }] });
    assert.deepEqual(
      all
        .ofType(type)
        .map((certificate) => certificate.name)
        .sort(),
      ["certificates-harbor-harbor-tls", "certificates-other-harbor-tls"],
    );
  });

  it("registers the same resources with known and unknown values", async () => {
    assert.deepEqual((await run({}, true)).shape(), (await run()).shape());
  });
});

describe("certificateSpec", () => {
  for (const wanted of [harbor, gateway, internal]) {
    it(`fits the CRD: ${wanted.name} by ${wanted.issuer}`, function () {
      assertFitsCrd(this, "Certificate", certificateSpec(wanted));
    });
  }

  it("gives a subject to self-signed certificates only", () => {
    assert.equal(certificateSpec(gateway).commonName, "traefik-gateway-cert");
    assert.equal(certificateSpec(harbor).commonName, undefined);
    assert.equal(certificateSpec(internal).commonName, undefined);
  });

  it("stays in production unless told otherwise", () => {
    assert.equal(issuerInUse("letsencrypt-prod"), "letsencrypt-prod");
    assert.equal(issuerInUse("letsencrypt-prod", "production"), "letsencrypt-prod");
  });
});
