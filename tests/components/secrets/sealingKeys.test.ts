import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import {
  fittingPrivateKey,
  lastCertificate,
  SealingKeys,
  type SealingKeysArgs,
  validityHours,
} from "../../../components/secrets/sealingKeys.js";
import { capture, isSecret, valueOf, type CaptureOptions } from "../../kit/capture.js";
import { keyPair } from "./keyPairs.js";

const privateKeyType = "tls:index/privateKey:PrivateKey";
const certificateType = "tls:index/selfSignedCert:SelfSignedCert";
const secretType = "kubernetes:core/v1:Secret";

/** The tls provider, as far as these tests need it. */
const outputs: CaptureOptions["outputs"] = (type, name) =>
  type === privateKeyType
    ? { privateKeyPem: `key of ${name}` }
    : type === certificateType
      ? { certPem: `certificate of ${name}` }
      : {};

/** Rejects if the output never gets a value. */
const promiseOf = (output: pulumi.Output<string>) =>
  (output as unknown as { promise(): Promise<string> }).promise();

describe("SealingKeys", () => {
  const older = keyPair("2024-02-01T08:00:00Z");
  const newer = keyPair("2025-03-01T09:30:00Z");
  let component: SealingKeys;
  const make = (keys: SealingKeysArgs["keys"], options: CaptureOptions = {}) =>
    capture(
      () => {
        component = new SealingKeys("sealing-keys", { namespace: pulumi.output("kube-system"), keys });
      },
      { outputs, ...options },
    );

  it("generates a protected key pair as the controller would", async () => {
    const run = await make([{ name: "first" }]);
    const key = run.one(privateKeyType, "sealing-keys-first-private-key");
    const certificate = run.one(certificateType, "sealing-keys-first-certificate");
    assert.deepEqual(key.inputs, { algorithm: "RSA", rsaBits: 4096 });
    assert.ok(key.additionalSecretOutputs.includes("privateKeyPem"));
    assert.deepEqual(certificate.inputs, {
      allowedUses: ["encipher_only"],
      privateKeyPem: "key of sealing-keys-first-private-key",
      subject: { commonName: "sealed-secrets first" },
      validityPeriodHours: validityHours,
    });
    assert.ok(certificate.isSecret("privateKeyPem"));
  });

  it("keeps certificates valid for a hundred years, as long as Go can count", () => {
    const start = Date.parse("2027-03-01T00:00:00Z");
    assert.ok(start + validityHours * 3600 * 1000 >= Date.parse("2127-03-01T00:00:00Z"));
    assert.ok(validityHours * 3600 * 1e9 < 2 ** 63);
  });

  it("leaves a certificate alone that was made for fewer years", async () => {
    const run = await make([{ name: "first" }]);
    assert.deepEqual(run.one(certificateType).ignoreChanges, ["validityPeriodHours"]);
  });

  it("hands every pair to the controller as a labelled, immutable TLS Secret", async () => {
    const run = await make([{ name: "old", ...older }, { name: "first" }]);
    const given = run.one(secretType, "sealing-keys-old");
    assert.deepEqual(given.inputs, {
      apiVersion: "v1",
      kind: "Secret",
      type: "kubernetes.io/tls",
      immutable: true,
      metadata: {
        name: "sealed-secrets-key-old",
        namespace: "kube-system",
        labels: {
          "app.kubernetes.io/managed-by": "pulumi",
          "sealedsecrets.bitnami.com/sealed-secrets-key": "active",
          "velero.io/exclude-from-backup": "true",
        },
      },
      stringData: { "tls.crt": older.certificate, "tls.key": older.privateKey },
    });
    const generated = run.one(secretType, "sealing-keys-first");
    assert.deepEqual(generated.inputs["stringData"], {
      "tls.crt": "certificate of sealing-keys-first-certificate",
      "tls.key": "key of sealing-keys-first-private-key",
    });
    assert.ok(given.isSecret("stringData"));
    assert.ok(generated.isSecret("stringData"));
  });

  it("keeps a given pair byte for byte: its Secret is immutable", async () => {
    const given = { certificate: older.certificate.trimEnd(), privateKey: older.privateKey.trimEnd() };
    for (const pair of [given, older]) {
      const run = await make([{ name: "old", ...pair }]);
      const { stringData } = run.one(secretType, "sealing-keys-old").inputs;
      assert.deepEqual(stringData, { "tls.crt": pair.certificate, "tls.key": pair.privateKey });
    }
  });

  it("generates nothing for a given pair", async () => {
    const run = await make([{ name: "old", ...older }]);
    assert.deepEqual(run.shape(), [
      "cluster-security:secrets:SealingKeys sealing-keys",
      "kubernetes:core/v1:Secret sealing-keys-old",
    ]);
  });

  it("protects whatever guards sealed data", async () => {
    const run = await make([{ name: "old", ...older }, { name: "first" }, { name: "second" }]);
    const children = run.resources.filter((resource) => resource.name !== "sealing-keys");
    assert.equal(children.length, 7);
    for (const child of children) {
      assert.ok(child.protect, `${child.name} is not protected`);
      assert.equal(child.parent, "sealing-keys");
    }
  });

  it("generates one pair after the other, so that the last certificate starts last", async () => {
    const run = await make([{ name: "first" }, { name: "second" }, { name: "third" }]);
    const waitsFor = (name: string) =>
      run.one(privateKeyType, `sealing-keys-${name}-private-key`).dependencies;
    assert.deepEqual(waitsFor("first"), []);
    assert.deepEqual(waitsFor("second"), ["sealing-keys-first-certificate"]);
    assert.deepEqual(waitsFor("third"), ["sealing-keys-second-certificate"]);
  });

  it("does not touch what is there when a key joins", async () => {
    const before = await make([{ name: "first" }]);
    const after = await make([{ name: "first" }, { name: "second" }]);
    const added = after.resources.filter(
      ({ type, name }) => !before.resources.some((old) => old.type === type && old.name === name),
    );
    assert.deepEqual(added.map(({ name }) => name).sort(), [
      "sealing-keys-second",
      "sealing-keys-second-certificate",
      "sealing-keys-second-private-key",
    ]);
    for (const old of before.resources) assert.deepEqual(after.one(old.type, old.name).inputs, old.inputs);
  });

  it("puts out the last key's certificate and all of them, which are not secret", async () => {
    const run = await make([{ name: "first" }, { name: "newer", ...newer }]);
    assert.deepEqual(run.one("cluster-security:secrets:SealingKeys").outputs, {
      certificate: newer.certificate,
      certificates: ["certificate of sealing-keys-first-certificate", newer.certificate],
    });
    await make([{ name: "old", ...older }, { name: "first" }]);
    assert.equal(await valueOf(component.certificate), "certificate of sealing-keys-first-certificate");
    assert.equal(await isSecret(component.certificate), false);
    assert.equal(await isSecret(component.certificates), false);
  });

  it("refuses a list whose last key the controller would not seal with, before anything is made", async () => {
    const runs = make([
      { name: "newer", ...newer },
      { name: "older", ...older },
    ]);
    await assert.rejects(runs, {
      message:
        "sealing key older is listed last, but newer starts later (2025-03-01T09:30:00.000Z, not 2024-02-01T08:00:00.000Z) " +
        "and the controller seals with the latest; list the keys oldest first",
    });
  });

  it("passes on a private key that fits, as a secret, and no other", async () => {
    await make([{ name: "first" }]);
    const fitting = fittingPrivateKey("a", older.certificate, older.privateKey, component);
    assert.equal(await valueOf(fitting), older.privateKey);
    assert.equal(await isSecret(fitting), true);
    const strange = fittingPrivateKey("a", older.certificate, newer.privateKey, component);
    await assert.rejects(promiseOf(strange), {
      message: "sealing key a: the private key does not belong to the certificate",
    });
  });

  it("puts out no certificate when a generated one turns out to start later", async () => {
    await make([{ name: "first" }]);
    const wrong = lastCertificate(
      ["a", "b"],
      [pulumi.output(newer.certificate), older.certificate],
      component,
    );
    await assert.rejects(promiseOf(wrong), { message: /^sealing key b is listed last, but a starts later/ });
  });

  it("registers the same resources with known and unknown values", async () => {
    const keys = [{ name: "old", ...older }, { name: "first" }, { name: "second" }];
    const known = await make(keys);
    const unknown = await make(keys, { preview: true, outputs: undefined });
    assert.deepEqual(unknown.shape(), known.shape());
  });

  it("is tested with real certificates", () => {
    assert.ok(
      new X509Certificate(older.certificate).verify(new X509Certificate(older.certificate).publicKey),
    );
  });
});
