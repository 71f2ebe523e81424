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
    assert.equal(
      (await create(random, "random:index/randomString:RandomString", only)).outputs["result"],
      "_".repeat(12),
    );
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

  it("are identifiers in four notations, with a prefix", async () => {
    const { id, outputs } = await create(random, "random:index/randomId:RandomId", {
      byteLength: 4,
      prefix: "p-",
    });
    const bytes = Buffer.from(id, "base64url");
    assert.deepEqual(outputs, {
      b64Std: `p-${bytes.toString("base64")}`,
      b64Url: `p-${id}`,
      hex: `p-${bytes.toString("hex")}`,
      dec: `p-${bytes.readUInt32BE()}`,
    });
  });

  it("are secret as the real provider has them", () => {
    const secrets = Object.fromEntries(
      random.types.map((type) => [type.split(":")[2], random.kind(type)!.secretOutputs]),
    );
    assert.deepEqual(secrets, {
      RandomPassword: ["result", "bcryptHash"],
      RandomString: undefined,
      RandomBytes: ["base64", "hex"],
      RandomId: undefined,
      RandomUuid: undefined,
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
  const algorithms = [
    { algorithm: "RSA", rsaBits: 2048, pem: "RSA PRIVATE KEY", ssh: "ssh-rsa", size: 279 },
    { algorithm: "ECDSA", ecdsaCurve: "P256", pem: "EC PRIVATE KEY", ssh: "ecdsa-sha2-nistp256", size: 104 },
    { algorithm: "ECDSA", ecdsaCurve: "P521", pem: "EC PRIVATE KEY", ssh: "ecdsa-sha2-nistp521", size: 172 },
    { algorithm: "ED25519", pem: "PRIVATE KEY", ssh: "ssh-ed25519", size: 51 },
  ];
  for (const { pem, ssh, size, ...inputs } of algorithms) {
    it(`are of ${inputs.algorithm} ${inputs.ecdsaCurve ?? ""}`, async () => {
      const { outputs } = await create(tls, keyType, inputs);
      assert.ok(outputs["privateKeyPem"].startsWith(`-----BEGIN ${pem}-----\n`));
      const key = createPrivateKey(outputs["privateKeyPem"]);
      assert.ok(key.equals(createPrivateKey(outputs["privateKeyPemPkcs8"])));
      assert.ok(createPublicKey(key).equals(createPublicKey(outputs["publicKeyPem"])));
      assert.ok(outputs["publicKeyOpenssh"].startsWith(`${ssh} AAAA`));
      assert.match(outputs["publicKeyFingerprintSha256"], /^SHA256:[A-Za-z0-9+/]{43}$/);
      assert.match(outputs["publicKeyFingerprintMd5"], /^([0-9a-f]{2}:){15}[0-9a-f]{2}$/);
      const blob = Buffer.from(outputs["publicKeyOpenssh"].split(" ")[1], "base64");
      // Lengths that the encodings prescribe: a leading zero too much or too little, and SSH refuses the key.
      assert.equal(blob.length, size);
      const openssh = Buffer.from(outputs["privateKeyOpenssh"].split("\n").slice(1, -2).join(""), "base64");
      assert.ok(openssh.toString("latin1").startsWith("openssh-key-v1\0"));
      assert.ok(openssh.includes(blob));

      const certificate = await create(tls, "tls:index/selfSignedCert:SelfSignedCert", {
        privateKeyPem: outputs["privateKeyPem"],
        subject: { commonName: "harbor", organization: "musashi" },
        validityPeriodHours: 87_600,
        allowedUses: ["digital_signature", "certSigning", "server_auth"],
        isCaCertificate: true,
        dnsNames: ["harbor.example.org"],
        ipAddresses: ["10.0.0.1", "fd00::1"],
        uris: ["spiffe://example.org/harbor"],
      });
      const x509 = new X509Certificate(certificate.outputs["certPem"]);
      assert.ok(x509.checkPrivateKey(key));
      assert.ok(x509.verify(x509.publicKey));
      assert.equal(x509.subject, "O=musashi\nCN=harbor");
      assert.equal(
        x509.subjectAltName,
        "DNS:harbor.example.org, IP Address:10.0.0.1, IP Address:FD00:0:0:0:0:0:0:1, URI:spiffe://example.org/harbor",
      );
      assert.equal(x509.ca, true);
      assert.deepEqual(x509.keyUsage, ["1.3.6.1.5.5.7.3.1"]);
      assert.equal(certificate.outputs["keyAlgorithm"], inputs.algorithm);
      const hours = (Date.parse(x509.validTo) - Date.parse(x509.validFrom)) / 3_600_000;
      assert.equal(hours, 87_600);
      assert.equal(Date.parse(x509.validTo), Date.parse(certificate.outputs["validityEndTime"]));

      const request = await create(tls, "tls:index/certRequest:CertRequest", {
        privateKeyPem: outputs["privateKeyPem"],
        dnsNames: ["a.example.org"],
      });
      assert.match(
        request.outputs["certRequestPem"],
        /^-----BEGIN CERTIFICATE REQUEST-----\n[\s\S]+-----END CERTIFICATE REQUEST-----\n$/,
      );
    });
  }

  it("say when an algorithm is none", async () => {
    assert.deepEqual(await tls.kind(keyType)!.check!({ algorithm: "DSA" }, context), {
      failures: [{ property: "algorithm", reason: "must be RSA, ECDSA or ED25519" }],
    });
  });
});
