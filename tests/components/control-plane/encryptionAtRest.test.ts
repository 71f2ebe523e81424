import assert from "node:assert/strict";
import fc from "fast-check";
import * as pulumi from "@pulumi/pulumi";
import { parse } from "yaml";
import {
  activeKeys,
  EncryptionAtRest,
  encryptionConfiguration,
  writePrefix,
  type EncryptionKeyArgs,
  type EncryptionProvider,
} from "../../../components/control-plane/encryptionAtRest.js";
import { bytesOf } from "../../../components/common/secretBytes.js";
import { capture, isSecret, valueOf } from "../../kit/capture.js";

const type = "cluster-security:control-plane:EncryptionAtRest";
const randomPassword = "random:index/randomPassword:RandomPassword";
const secretNumber = (n: number) => Buffer.alloc(32, n).toString("base64");
const key = (name: string, provider: EncryptionProvider, n: number) => ({
  name,
  provider,
  secret: secretNumber(n),
});

/** Providers and key names in the order the API server tries them. */
function order(configuration: { resources: { providers: object[] }[] }): string[] {
  return configuration.resources[0]!.providers.flatMap((entry) =>
    Object.entries(entry).flatMap(([provider, { keys }]) =>
      provider === "identity"
        ? ["identity"]
        : keys.map(({ name }: { name: string }) => `${provider} ${name}`),
    ),
  );
}

describe("encryptionConfiguration", () => {
  it("is the page's for key1 of aescbc with the fallback", () => {
    assert.deepEqual(encryptionConfiguration([key("key1", "aescbc", 1)], true), {
      apiVersion: "apiserver.config.k8s.io/v1",
      kind: "EncryptionConfiguration",
      resources: [
        {
          resources: ["secrets"],
          providers: [{ aescbc: { keys: [{ name: "key1", secret: secretNumber(1) }] } }, { identity: {} }],
        },
      ],
    });
  });

  it("groups neighbours of one provider, and only neighbours", () => {
    const keys = [
      key("a", "secretbox", 1),
      key("b", "secretbox", 2),
      key("c", "aescbc", 3),
      key("d", "secretbox", 4),
    ];
    assert.deepEqual(encryptionConfiguration(keys, false).resources[0]!.providers, [
      {
        secretbox: {
          keys: [
            { name: "a", secret: secretNumber(1) },
            { name: "b", secret: secretNumber(2) },
          ],
        },
      },
      { aescbc: { keys: [{ name: "c", secret: secretNumber(3) }] } },
      { secretbox: { keys: [{ name: "d", secret: secretNumber(4) }] } },
    ]);
  });

  for (const [what, secret] of [
    ["16 bytes", Buffer.alloc(16).toString("base64")],
    ["no base64", "not base64!"],
    ["base64 with a line feed", `${secretNumber(1)}\n`],
    ["nothing", ""],
  ] as const) {
    it(`refuses a secret of ${what} without showing it`, () => {
      assert.throws(() => encryptionConfiguration([{ name: "key1", provider: "secretbox", secret }], false), {
        message: 'the secret of encryption key "key1" is not 32 bytes in base64',
      });
    });
  }
});

const anyKeys = fc
  .uniqueArray(
    fc.record({
      name: fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,8}[a-z0-9])?$/),
      provider: fc.constantFrom<EncryptionProvider>("secretbox", "aescbc"),
      secret: fc
        .uint8Array({ minLength: 32, maxLength: 32 })
        .map((bytes) => Buffer.from(bytes).toString("base64")),
      retired: fc.boolean(),
    }),
    { selector: ({ name }) => name, minLength: 1, maxLength: 8 },
  )
  .filter((keys) => keys.some(({ retired }) => !retired));

describe("any list of keys", () => {
  it("is rendered in its order: the first active key writes, each active one is there once, a retired one never", () => {
    fc.assert(
      fc.property(anyKeys, fc.boolean(), (keys, identityFallback) => {
        const active = activeKeys(keys) as typeof keys;
        const rendered = order(encryptionConfiguration(active, identityFallback));
        assert.deepEqual(rendered, [
          ...keys.filter(({ retired }) => !retired).map(({ provider, name }) => `${provider} ${name}`),
          ...(identityFallback ? ["identity"] : []),
        ]);
        const [provider, name] = rendered[0]!.split(" ");
        assert.equal(writePrefix(active[0]!), `k8s:enc:${provider}:v1:${name}:`);
      }),
    );
  });

  it("has no two neighbouring entries of one provider, so that the text is the shortest that keeps the order", () => {
    fc.assert(
      fc.property(anyKeys, (keys) => {
        const entries = encryptionConfiguration(activeKeys(keys) as typeof keys, true).resources[0]!
          .providers;
        const providers = entries.map((entry) => Object.keys(entry)[0]);
        assert.ok(providers.every((provider, index) => provider !== providers[index + 1]));
      }),
    );
  });
});

describe("activeKeys", () => {
  const cases: [string, EncryptionKeyArgs[], string][] = [
    ["no key", [], "no active encryption key; one has to write"],
    [
      "retired keys alone",
      [{ name: "a", provider: "aescbc", retired: true }],
      "no active encryption key; one has to write",
    ],
    [
      "a name twice",
      [
        { name: "a", provider: "secretbox" },
        { name: "a", provider: "aescbc", retired: true },
      ],
      'encryption key "a" is there twice; names are unique, retired keys included',
    ],
    [
      "a name with a colon",
      [{ name: "a:b", provider: "secretbox" }],
      'encryption key "a:b": a name consists of a-z, 0-9 and -, as it stands before a colon in etcd',
    ],
  ];
  for (const [what, keys, message] of cases) {
    it(`refuses ${what}`, () => assert.throws(() => activeKeys(keys), { message }));
  }
});

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
