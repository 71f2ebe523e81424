import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { parse } from "yaml";
import {
  EncryptionAtRest,
  encryptionConfiguration,
  type EncryptionKeyArgs,
} from "../../../components/control-plane/encryptionAtRest.js";
import { bytesOf } from "../../../components/common/secretBytes.js";
import { capture, isSecret, valueOf } from "../../kit/capture.js";
import { type, randomPassword, secretNumber, key, order } from "./keys.js";

describe("EncryptionAtRest", () => {
  const generated = (resource: string, name: string) =>
    resource === randomPassword ? { result: `password of ${name}` } : {};
  const mixed: EncryptionKeyArgs[] = [
    { name: "retired", provider: "aescbc", retired: true },
    { name: "made", provider: "secretbox" },
    { name: "given", provider: "aescbc", secret: secretNumber(7) },
  ];

  it("generates the keys that are not given, protected, retired ones included", async () => {
    const run = await capture(() => new EncryptionAtRest("enc", { keys: mixed }), { outputs: generated });
    assert.deepEqual(run.shape(), [
      `${type} enc`,
      `${randomPassword} enc-made`,
      `${randomPassword} enc-retired`,
    ]);
    for (const resource of run.ofType(randomPassword)) {
      assert.deepEqual(resource.inputs, { length: 64, special: false });
      assert.equal(resource.protect, true);
      assert.equal(resource.parent, "enc");
      assert.deepEqual(resource.additionalSecretOutputs, ["bcryptHash", "result"]);
    }
  });

  it("renders the active keys into one secret file at a fixed path", async () => {
    let encryption!: EncryptionAtRest;
    const run = await capture(
      () => (encryption = new EncryptionAtRest("enc", { keys: mixed, identityFallback: true })),
      { outputs: generated },
    );
    const file = await valueOf(encryption.file);
    assert.equal(file.path, "/etc/kubernetes/enc/enc.yaml");
    assert.equal(file.mode, "0600");
    assert.deepEqual(
      parse(file.content),
      encryptionConfiguration(
        [
          { name: "made", provider: "secretbox", secret: bytesOf("password of enc-made") },
          key("given", "aescbc", 7),
        ],
        true,
      ),
    );
    assert.equal(await isSecret(encryption.file), true);
    assert.equal(await valueOf(encryption.writePrefix), "k8s:enc:secretbox:v1:made:");
    assert.equal(await isSecret(encryption.writePrefix), false);
    assert.deepEqual(run.one(type).outputs, { file, writePrefix: "k8s:enc:secretbox:v1:made:" });
  });

  it("has no fallback unless told so, and keeps a given key secret although it came in plain", async () => {
    let encryption!: EncryptionAtRest;
    const run = await capture(
      () =>
        (encryption = new EncryptionAtRest("enc", {
          keys: [{ name: "key1", provider: "aescbc", secret: secretNumber(1) }],
        })),
    );
    assert.deepEqual(run.shape(), [`${type} enc`]);
    assert.deepEqual(order(parse((await valueOf(encryption.file)).content)), ["aescbc key1"]);
    assert.equal(await isSecret(encryption.file), true);
  });

  it("registers the same resources with known and unknown values", async () => {
    const program = () => new EncryptionAtRest("enc", { keys: mixed });
    const options = { outputs: generated };
    const preview = await capture(program, { ...options, preview: true });
    assert.deepEqual(preview.shape(), (await capture(program, options)).shape());
  });

  it("keeps the registered keys when one is retired or they change places", async () => {
    const keys: EncryptionKeyArgs[] = [
      { name: "a", provider: "secretbox" },
      { name: "b", provider: "secretbox" },
    ];
    const before = await capture(() => new EncryptionAtRest("enc", { keys }), { outputs: generated });
    const after = await capture(
      () => new EncryptionAtRest("enc", { keys: [keys[1]!, { ...keys[0]!, retired: true }] }),
      { outputs: generated },
    );
    assert.deepEqual(after.shape(), before.shape());
  });

  it("takes a secret that is an output", async () => {
    let encryption!: EncryptionAtRest;
    await capture(
      () =>
        (encryption = new EncryptionAtRest("enc", {
          keys: [{ name: "key1", provider: "secretbox", secret: pulumi.secret(secretNumber(3)) }],
        })),
    );
    assert.match((await valueOf(encryption.file)).content, /secret: AwMD/);
  });
});

describe("bytesOf", () => {
  it("derives the same 32 bytes from a password in every version: HKDF of RFC 5869 over SHA-256", () => {
    assert.equal(bytesOf("a password"), "EinbaPw40nnOrS3iKqhyo6eAziFurwLJH2BmgS2uFlk=");
  });

  it("derives nothing from nothing", () => {
    for (const password of ["", undefined as unknown as string]) {
      assert.throws(() => bytesOf(password), {
        message: "a key cannot be derived: no password was generated",
      });
    }
  });

  it("derives 32 bytes, others for another password", () => {
    const derived = ["a", "b", "password".repeat(8)].map(bytesOf);
    assert.deepEqual(
      derived.map((text) => Buffer.from(text, "base64").length),
      [32, 32, 32],
    );
    assert.equal(new Set(derived).size, 3);
  });
});
