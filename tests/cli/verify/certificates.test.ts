import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { fakeTarget, findingOf, named, type Answer, type FakeOptions } from "./fakeTarget.js";
import { simulated, condition } from "./addonClaims.js";
import { authority, base64, days, derOf, secretFor } from "./pairs/certificateMaterial.js";
import {
  certificatePath as path,
  certificateSettings as settings,
  gateway,
  ready,
  running,
  showing,
  spec,
  webSecret,
} from "./pairs/expiredCertificates.js";

describe("Expired TLS certs: certificates", () => {
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

  it("are Ready, for these names, now, with their key, by an authority that clients trust", async () => {
    const [web, stranger] = [await authority("CN=web"), await authority("CN=stranger")];
    const object = named("web", { spec, status: ready });
    const claim = "Each certificate is Ready";
    const trusting = { roots: [web.pem] };
    const holding = (data: Record<string, string>) => ({
      [path]: object,
      [webSecret]: { data },
      ...gateway(),
    });
    const good = await secretFor(web, spec.dnsNames);
    const proved = await find(claim, holding(good), { ...trusting, ...showing(...derOf(good)) });
    assert.equal(proved.status, "proved", proved.evidence);
    assert.match(
      proved.evidence,
      /^traefik\/web until .*; the Gateway traefik\/traefik-gateway serves them as stored: example\.com; not connected to: \*\.example\.com$/,
    );

    const other = await secretFor(web, spec.dnsNames);
    const cases: [answers: Record<string, Answer>, evidence: RegExp][] = [
      [holding(await secretFor(web, ["example.com"])), /^traefik\/web is not for \*\.example\.com$/],
      [holding(await secretFor(web, spec.dnsNames, -90, -1)), /^traefik\/web has expired on /],
      [holding(await secretFor(web, spec.dnsNames, 1)), /^traefik\/web is not valid before /],
      [
        holding(await secretFor(stranger, spec.dnsNames)),
        /^traefik\/web is signed by CN=stranger, whom clients of letsencrypt-prod do not trust$/,
      ],
      [holding({ ...good, "tls.key": "" }), /^traefik\/web has no private key in its Secret$/],
      [
        holding({ ...good, "tls.key": other["tls.key"]! }),
        /^traefik\/web has another certificate's private key in its Secret$/,
      ],
      [
        holding({ ...good, ...base64({ "tls.key": "-----BEGIN PRIVATE KEY-----" }) }),
        /^traefik\/web has a private key in its Secret that cannot be read$/,
      ],
      [
        holding({
          ...good,
          "tls.crt": Buffer.concat(
            [good, other].map((data) => Buffer.from(data["tls.crt"]!, "base64")),
          ).toString("base64"),
        }),
        /^traefik\/web has a chain in which one certificate is not signed by the next$/,
      ],
      [holding(base64({ "tls.crt": "none" })), /^the Secret traefik\/web-tls holds no certificate$/],
      [{ [path]: object }, /^the Secret traefik\/web-tls holds no certificate$/],
      [
        { [path]: named("web", { spec, status: condition("Ready", "False", "DNS problem") }) },
        /^traefik\/web is not Ready: DNS problem$/,
      ],
      [{ [path]: named("web", { spec }) }, /^traefik\/web is not Ready: cert-manager has not answered$/],
      [
        {
          [path]: {
            metadata: { name: "web", generation: 2 },
            spec,
            status: { conditions: [{ type: "Ready", status: "True", observedGeneration: 1 }] },
          },
        },
        /^traefik\/web is not Ready: cert-manager has not looked at its last change$/,
      ],
      [{}, /^there is no Certificate traefik\/web$/],
    ];
    for (const [answers, evidence] of cases) {
      const finding = await find(claim, answers, trusting);
      assert.match(finding.evidence, evidence);
      assert.equal(finding.status, "failed");
    }
    const silent = await find(claim, { [path]: named("web", { spec }) }, simulated);
    assert.equal(silent.status, "unchecked");
    assert.equal((await find(claim, {}, { settings: {} })).status, "unchecked");
  });

  it("lead to what stands in for Let's Encrypt, and the evidence says so", async () => {
    const [web, stranger] = [await authority("CN=web"), await authority("CN=stranger")];
    const acmeStandIn = { name: "pebble", root: web.pem };
    const found = async (data: Record<string, string>) =>
      find(
        "Each certificate is Ready",
        { [path]: named("web", { spec, status: ready }), [webSecret]: { data }, ...gateway() },
        { roots: [stranger.pem], acmeStandIn, ...showing(...derOf(data)) },
      );
    const proved = await found(await secretFor(web, spec.dnsNames));
    assert.equal(proved.status, "proved", proved.evidence);
    assert.match(
      proved.evidence,
      /; pebble stands in for Let's Encrypt, and no browser trusts it; the lab stands in for Cloudflare; the Gateway/,
    );
    assert.equal((await found(await secretFor(stranger, spec.dnsNames))).status, "failed");
  });

  it("of the internal CA are signed by the authority next to them", async () => {
    const [certificate] = settings["certificates.certificates"];
    const internal = {
      settings: { "certificates.certificates": [{ ...certificate, issuer: "internal-ca" }] },
    };
    const data = await secretFor(await authority("CN=internal"), spec.dnsNames);
    const status = async (change: Record<string, string> = {}) => {
      const secret = { data: { ...data, ...change } };
      const answers = {
        [path]: named("web", { spec, status: ready }),
        [webSecret]: secret,
        ...gateway(),
      };
      const options = { ...internal, ...showing(...derOf(data)) };
      return (await find("Each certificate is Ready", answers, options)).status;
    };
    assert.equal(await status(), "proved");
    assert.equal(await status(base64({ "ca.crt": (await authority("CN=internal")).pem })), "failed");
  });

  it("are renewed in time", async () => {
    const claim = "Certificates are renewed";
    const data = await secretFor(await authority("CN=web"), spec.dnsNames, -30, 60);
    const until = new Date(new X509Certificate(derOf(data)[0]!).validTo);
    const status = (renewal?: number, end = until) => ({
      ...running(),
      [webSecret]: { data },
      [path]: named("web", {
        spec,
        status: {
          ...(renewal === undefined ? {} : { renewalTime: days(renewal).toISOString() }),
          notAfter: end.toISOString(),
        },
      }),
    });
    assert.equal((await find(claim, status(30))).status, "proved");
    const gone = await find(claim, { ...status(30), [webSecret]: () => ({ status: 404 }) });
    assert.equal(gone.status, "failed");
    assert.match(
      gone.evidence,
      /^traefik\/web is renewed on .*, but the Secret traefik\/web-tls holds no certificate$/,
    );
    const dead = await find(claim, { ...status(30), ...running(0) });
    assert.equal(dead.status, "failed");
    assert.match(dead.evidence, /; but Deployment cert-manager\/cert-manager has 0 of 1 pods ready$/);
    const cases: [renewal: number | undefined, end: Date | undefined, evidence: RegExp][] = [
      [undefined, undefined, /^traefik\/web has no renewal planned$/],
      [59, days(30), /^traefik\/web would be renewed after it expires$/],
      [-1, undefined, /^traefik\/web should have been renewed on /],
      [30, days(45), /^traefik\/web is renewed on .* holds another one, until /],
    ];
    for (const [renewal, end, evidence] of cases) {
      const finding = await find(claim, status(renewal, end));
      assert.equal(finding.status, "failed");
      assert.match(finding.evidence, evidence);
    }
    assert.equal((await find(claim, status(), simulated)).status, "unchecked");
    assert.equal((await find(claim, {})).status, "failed");
    const standingIn = await find(claim, status(30), { acmeStandIn: { name: "pebble", root: "" } });
    assert.match(standingIn.evidence, /^traefik\/web on .*; pebble stands in for Let's Encrypt, /);
  });
});
