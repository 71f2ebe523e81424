import "reflect-metadata";
import assert from "node:assert/strict";
import { webcrypto } from "node:crypto";
import * as x509 from "@peculiar/x509";
import { fakeTarget, findingOf, named, type Answer, type FakeOptions } from "./fakeTarget.js";
import { simulated, condition } from "./addonClaims.js";

describe("Expired TLS certs: certificates", () => {
  const settings = {
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
  const path = "/apis/cert-manager.io/v1/namespaces/traefik/certificates/web";
  const days = (count: number) => new Date(Date.now() + count * 86_400_000);

  async function certificateFor(names: string[], from: Date, until: Date): Promise<string> {
    const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
    const keys = await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
    const certificate = await x509.X509CertificateGenerator.createSelfSigned(
      {
        name: "CN=test",
        notBefore: from,
        notAfter: until,
        signingAlgorithm: algorithm,
        keys,
        extensions: [
          new x509.SubjectAlternativeNameExtension(names.map((value) => ({ type: "dns", value }))),
        ],
      },
      webcrypto,
    );
    return Buffer.from(certificate.toString("pem")).toString("base64");
  }

  const spec = {
    secretName: "web-tls",
    dnsNames: ["example.com", "*.example.com"],
    issuerRef: { name: "letsencrypt-prod", kind: "ClusterIssuer" },
  };
  const ready = {
    ...condition("Ready", "True"),
    notAfter: days(60).toISOString(),
    renewalTime: days(30).toISOString(),
  };
  const find = (claim: string, answers: Record<string, Answer>, options: FakeOptions = {}) =>
    findingOf("Expired TLS certs", claim, fakeTarget(answers, { settings, ...options }));

  it("are asked for as the settings say", async () => {
    assert.deepEqual(await find("Each certificate is asked for", { [path]: named("web", { spec }) }), {
      status: "proved",
      evidence: "traefik/web (letsencrypt-prod): example.com, *.example.com",
    });
    const other = {
      secretName: "other",
      dnsNames: ["example.com"],
      issuerRef: { name: "selfsigned-issuer" },
    };
    assert.deepEqual(await find("Each certificate is asked for", { [path]: named("web", { spec: other }) }), {
      status: "failed",
      evidence:
        "traefik/web has the names example.com, not example.com, *.example.com; " +
        "traefik/web has the issuer Issuer selfsigned-issuer, not ClusterIssuer letsencrypt-prod; " +
        "traefik/web has the Secret other, not web-tls",
    });
    assert.deepEqual(await find("Each certificate is asked for", {}), {
      status: "failed",
      evidence: "there is no Certificate traefik/web",
    });
  });

  it("come from the issuer of the environment in use", async () => {
    const staging = { ...spec, issuerRef: { name: "letsencrypt-staging", kind: "ClusterIssuer" } };
    const finding = await find(
      "Each certificate is asked for",
      { [path]: named("web", { spec: staging }) },
      { settings: { ...settings, "certificates.acme.environment": "staging" } },
    );
    assert.equal(finding.status, "proved", finding.evidence);
  });

  it("are Ready, for these names, now", async () => {
    const secret = "/api/v1/namespaces/traefik/secrets/web-tls";
    const object = named("web", { spec, status: ready });
    const data = async (names: string[], from = -1, until = 60) => ({
      data: { "tls.crt": await certificateFor(names, days(from), days(until)) },
    });
    const claim = "Each certificate is Ready";
    const good = await find(claim, { [path]: object, [secret]: await data(spec.dnsNames) });
    assert.equal(good.status, "proved", good.evidence);
    assert.match(good.evidence, /^traefik\/web until /);

    const cases: [answers: Record<string, Answer>, evidence: RegExp][] = [
      [
        { [path]: object, [secret]: await data(["example.com"]) },
        /^traefik\/web is not for \*\.example\.com$/,
      ],
      [{ [path]: object, [secret]: await data(spec.dnsNames, -90, -1) }, /^traefik\/web has expired on /],
      [{ [path]: object, [secret]: await data(spec.dnsNames, 1) }, /^traefik\/web is not valid before /],
      [{ [path]: object }, /^the Secret traefik\/web-tls holds no certificate$/],
      [
        { [path]: named("web", { spec, status: condition("Ready", "False", "DNS problem") }) },
        /^traefik\/web is not Ready: DNS problem$/,
      ],
      [{ [path]: named("web", { spec }) }, /^traefik\/web is not Ready: cert-manager has not answered$/],
      [{}, /^there is no Certificate traefik\/web$/],
    ];
    for (const [answers, evidence] of cases) {
      const finding = await find(claim, answers);
      assert.equal(finding.status, "failed");
      assert.match(finding.evidence, evidence);
    }
    const silent = await find(claim, { [path]: named("web", { spec }) }, simulated);
    assert.equal(silent.status, "unchecked");
    assert.equal((await find(claim, {}, { settings: {} })).status, "unchecked");
  });

  it("are renewed in time", async () => {
    const claim = "Certificates are renewed";
    const status = (renewal?: number, end?: number) => ({
      [path]: named("web", {
        spec,
        status: {
          ...(renewal === undefined ? {} : { renewalTime: days(renewal).toISOString() }),
          ...(end === undefined ? {} : { notAfter: days(end).toISOString() }),
        },
      }),
    });
    assert.equal((await find(claim, status(30, 60))).status, "proved");
    const cases: [renewal: number | undefined, end: number | undefined, evidence: RegExp][] = [
      [undefined, 60, /^traefik\/web has no renewal planned$/],
      [60, 30, /^traefik\/web would be renewed after it expires$/],
      [-1, 30, /^traefik\/web should have been renewed on /],
    ];
    for (const [renewal, end, evidence] of cases) {
      const finding = await find(claim, status(renewal, end));
      assert.equal(finding.status, "failed");
      assert.match(finding.evidence, evidence);
    }
    assert.equal((await find(claim, status(), simulated)).status, "unchecked");
    assert.equal((await find(claim, {})).status, "failed");
  });
});
