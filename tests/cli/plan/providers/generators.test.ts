import assert from "node:assert/strict";
import { createPrivateKey, createPublicKey, X509Certificate } from "node:crypto";
import bcrypt from "bcryptjs";
import { random } from "../../../../cli/plan/providers/random.js";
import type { StandIn, Values } from "../../../../cli/plan/providers/standIn.js";
import { tls } from "../../../../cli/plan/providers/tls.js";

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

  it("cannot be shorter than their parts", async () => {
    assert.deepEqual(await random.kind(password)!.check!({ length: 3, minLower: 2, minUpper: 2 }, context), {
      failures: [{ property: "length", reason: "must be at least 4, the sum of the minima" }],
    });
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

  it("are refused with what they would not have", async () => {
    const { failures } = await tls.kind(certificateType)!.check!(
      { allowedUses: [], dnsNames: ["a"] },
      context,
    );
    assert.deepEqual(
      failures.map(({ property }) => property),
      ["dnsNames"],
    );
    assert.equal((await tls.kind(requestType)!.check!({ allowedUses: [] }, context)).failures.length, 1);
  });

  it("say when an algorithm is none", async () => {
    assert.deepEqual(await tls.kind(keyType)!.check!({ algorithm: "DSA" }, context), {
      failures: [{ property: "algorithm", reason: "must be RSA, ECDSA or ED25519" }],
    });
  });
});
