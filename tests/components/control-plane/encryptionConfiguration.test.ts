import assert from "node:assert/strict";
import fc from "fast-check";
import {
  activeKeys,
  encryptionConfiguration,
  writePrefix,
  type EncryptionKeyArgs,
  type EncryptionProvider,
} from "../../../components/control-plane/encryptionAtRest.js";
import { secretNumber, key, order } from "./keys.js";

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
