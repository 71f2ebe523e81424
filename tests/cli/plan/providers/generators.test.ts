import assert from "node:assert/strict";
import { createPrivateKey, createPublicKey, X509Certificate } from "node:crypto";
import bcrypt from "bcryptjs";
import { random } from "../../../../cli/plan/providers/random.js";
import type { StandIn, Values } from "../../../../cli/plan/providers/standIn.js";
import { tls } from "../../../../cli/plan/providers/tls.js";
import { unknown } from "../../../../cli/plan/providers/values.js";
import { asked } from "./bridge.js";

const unheeded = "the stand-in does not know it; the official plugin may";
const context = { urn: "urn:pulumi:s::p::t::x", type: "", name: "x" };

async function create(standIn: StandIn, type: string, inputs: Values) {
  const { id, outputs } = await standIn.kind(type)!.create(inputs, context);
  return { id, outputs: outputs! };
}

describe("random values", () => {
  const password = "random:index/randomPassword:RandomPassword";

  it("are passwords of the wanted characters, with a hash", async () => {
    const { id, outputs } = await create(random, password, { length: 30, special: false, minNumeric: 3 });
    assert.equal(id, "none");
    assert.match(outputs["result"], /^[A-Za-z0-9]{30}$/);
    assert.match(outputs["result"], /(\d.*){3}/);
    assert.ok(await bcrypt.compare(outputs["result"], outputs["bcryptHash"]));
    const drawn = ["result", "bcryptHash"];
    const defaults = Object.fromEntries(Object.entries(outputs).filter(([key]) => !drawn.includes(key)));
    assert.deepEqual(defaults, {
      length: 30,
      lower: true,
      upper: true,
      numeric: true,
      number: true,
      special: false,
      minLower: 0,
      minUpper: 0,
      minNumeric: 3,
      minSpecial: 0,
    });
  });

  it("may be made of given characters alone", async () => {
    const only = { length: 12, upper: false, lower: false, numeric: false, overrideSpecial: "_" };
    assert.equal((await create(random, password, only)).outputs["result"], "_".repeat(12));
  });

  for (const [inputs, least] of [
    [{ length: 3, minLower: 2, minUpper: 2 }, 4],
    [{ length: 0 }, 1],
  ] as const) {
    it(`cannot have a length of ${inputs.length} for ${least}`, async () =>
      assert.deepEqual(await asked(random, password).refused(inputs), [
        `length: must be at least ${least}, the sum of the minima`,
      ]));
  }

  it("have the least number of a sort, even of one that is not used otherwise", async () => {
    const { outputs } = await create(random, password, { length: 20, numeric: false, minNumeric: 3 });
    assert.equal(outputs["result"].replace(/\D/g, "").length, 3);
  });

  it("do not change with a default that is given or left out", async () => {
    const given = { length: 8, lower: true, numeric: true, number: true, minSpecial: 0 };
    assert.deepEqual(await asked(random, password).changed({ length: 8 }, given), []);
    assert.deepEqual(await asked(random, password).changed({ length: 8 }, { ...given, special: false }), [
      "replace special",
    ]);
  });

  it("are bytes in two notations, whose id is the value", async () => {
    const { id, outputs } = await create(random, "random:index/randomBytes:RandomBytes", { length: 32 });
    assert.equal(id, outputs["base64"]);
    assert.equal(Buffer.from(outputs["base64"], "base64").toString("hex"), outputs["hex"]);
    assert.equal(outputs["hex"].length, 64);
  });

  it("are secret as the real provider has them", () => {
    const secrets = Object.fromEntries(
      random.types.map((type) => [type.split(":")[2], random.kind(type)!.secretOutputs]),
    );
    assert.deepEqual(secrets, {
      RandomPassword: ["result", "bcryptHash"],
      RandomBytes: ["base64", "hex"],
    });
  });

  it("are drawn anew when anything changes, and are never printed", () => {
    for (const type of [...random.types, ...tls.types]) {
      const kind = random.kind(type) ?? tls.kind(type)!;
      assert.equal(kind.replaces!({ path: ["length"], kind: "update" }, {}), true);
      assert.equal(kind.generates, true);
    }
  });
});

describe("keys and certificates", () => {
  const keyType = "tls:index/privateKey:PrivateKey";
  const certificateType = "tls:index/selfSignedCert:SelfSignedCert";
  const requestType = "tls:index/certRequest:CertRequest";
  const algorithms = [
    { algorithm: "RSA", rsaBits: 2048, pem: "RSA PRIVATE KEY" },
    { algorithm: "ECDSA", pem: "EC PRIVATE KEY" },
    { algorithm: "ECDSA", ecdsaCurve: "P256", pem: "EC PRIVATE KEY" },
    { algorithm: "ECDSA", ecdsaCurve: "P521", pem: "EC PRIVATE KEY" },
    { algorithm: "ED25519", pem: "PRIVATE KEY" },
  ];
  for (const { pem, ...inputs } of algorithms) {
    it(`are of ${inputs.algorithm} ${inputs.ecdsaCurve ?? ""}`, async () => {
      const { outputs } = await create(tls, keyType, inputs);
      assert.ok(outputs["privateKeyPem"].startsWith(`-----BEGIN ${pem}-----\n`));
      const key = createPrivateKey(outputs["privateKeyPem"]);
      assert.ok(key.equals(createPrivateKey(outputs["privateKeyPemPkcs8"])));
      assert.ok(createPublicKey(key).equals(createPublicKey(outputs["publicKeyPem"])));

      const certificate = await create(tls, certificateType, {
        privateKeyPem: outputs["privateKeyPem"],
        subject: { commonName: "harbor", organization: "musashi" },
        validityPeriodHours: 87_600,
        allowedUses: ["digital_signature", "encipher_only"],
      });
      const x509 = new X509Certificate(certificate.outputs["certPem"]);
      assert.ok(x509.checkPrivateKey(key));
      assert.ok(x509.verify(x509.publicKey));
      assert.equal(x509.subject, "O=musashi\nCN=harbor");
      assert.equal(x509.ca, false);
      // KeyUsage, critical: the first and the eighth bit (RFC 5280 section 4.2.1.3).
      assert.ok(x509.raw.includes(Buffer.from("0603551d0f0101ff040403020081", "hex")));
      assert.equal(certificate.outputs["keyAlgorithm"], inputs.algorithm);
      const hours = (Date.parse(x509.validTo) - Date.parse(x509.validFrom)) / 3_600_000;
      assert.equal(hours, 87_600);
      assert.equal(Date.parse(x509.validTo), Date.parse(certificate.outputs["validityEndTime"]));

      const request = await create(tls, requestType, {
        privateKeyPem: outputs["privateKeyPem"],
        subject: { commonName: "a" },
      });
      assert.match(
        request.outputs["certRequestPem"],
        /^-----BEGIN CERTIFICATE REQUEST-----\n[\s\S]+-----END CERTIFICATE REQUEST-----\n$/,
      );
    });
  }

  const certified = {
    privateKeyPem: unknown,
    validityPeriodHours: 24,
    allowedUses: ["digital_signature"],
    subject: { commonName: "a" },
  };
  const refused: [type: string, inputs: Values, line: string][] = [
    [keyType, { algorithm: "DSA" }, "algorithm: must be one of RSA, ECDSA, ED25519"],
    [
      keyType,
      { algorithm: "ECDSA", ecdsaCurve: "P192" },
      "ecdsaCurve: must be one of P224, P256, P384, P521",
    ],
    [requestType, { subject: { commonName: "a" } }, "privateKeyPem: is required"],
    [certificateType, { ...certified, dnsNames: ["a"] }, `dnsNames: ${unheeded}`],
    [certificateType, { ...certified, subject: { emailAddress: "a" } }, `subject.emailAddress: ${unheeded}`],
    [certificateType, { ...certified, validityPeriodHours: -1 }, "validityPeriodHours: must be >= 0"],
    [
      certificateType,
      { ...certified, allowedUses: ["server_auth"] },
      "allowedUses[0]: must be one of digital_signature, content_commitment, key_encipherment, data_encipherment, " +
        "key_agreement, cert_signing, crl_signing, encipher_only, decipher_only",
    ],
  ];
  for (const [type, inputs, line] of refused) {
    it(`are refused: ${line.slice(0, 60)}`, async () =>
      assert.deepEqual(await asked(tls, type).refused(inputs), [line]));
  }

  it("do not change with a default that is given or left out", async () => {
    const key = { algorithm: "RSA" };
    assert.deepEqual(
      await asked(tls, keyType).changed(key, { ...key, rsaBits: 2048, ecdsaCurve: "P224" }),
      [],
    );
    assert.deepEqual(await asked(tls, keyType).changed(key, { ...key, rsaBits: 4096 }), ["replace rsaBits"]);
  });

  it("are replaced once they have expired, or are due for renewal", async () => {
    const { outputs } = await create(tls, keyType, { algorithm: "ECDSA", ecdsaCurve: "P256" });
    const inputs = { ...certified, privateKeyPem: outputs["privateKeyPem"] };
    const kind = asked(tls, certificateType);
    assert.deepEqual(await kind.changed(inputs, { ...inputs, earlyRenewalHours: 0 }), []);
    assert.deepEqual(await kind.changed(inputs, { ...inputs, earlyRenewalHours: 1 }), [
      "update earlyRenewalHours",
    ]);
    for (const due of [{ earlyRenewalHours: 24 }, { validityPeriodHours: 0 }]) {
      const changed = { ...inputs, ...due };
      assert.deepEqual(await kind.changed(changed, changed), ["replace readyForRenewal"]);
    }
  });
});
