import assert from "node:assert/strict";
import { Velero } from "../../components/backups/velero.js";
import { EncryptionAtRest } from "../../components/control-plane/encryptionAtRest.js";
import { HarborCredentials } from "../../components/registry/harborCredentials.js";
import { SealingKeys } from "../../components/secrets/sealingKeys.js";
import { checkGenerated } from "../../policy/rules/guardedKeys.js";
import { capture } from "../kit/capture.js";

const urn = (chain: string, name: string) => `urn:pulumi:test::cluster-security::${chain}::${name}`;
const message = (lost: string) =>
  `the resource is not protected, and without this value ${lost}; only protect: true is allowed. ` +
  "Set it in the resource options.";

describe("policy: guarding keys protected", () => {
  const privateKey = "tls:index/privateKey:PrivateKey";
  const password = "random:index/randomPassword:RandomPassword";
  const cases: [component: string, type: string, name: string, lost: string | undefined][] = [
    ["secrets:SealingKeys", privateKey, "keys-first", "what it sealed in Git could never be unsealed again"],
    [
      "control-plane:EncryptionAtRest",
      password,
      "encryption-key1",
      "Secrets in etcd and in its backups could never be read again",
    ],
    [
      "backups:Velero",
      password,
      "velero-repository-password",
      "no volume could be restored from its backups",
    ],
    ["registry:HarborCredentials", password, "harbor-secret-key", "Harbor could not read its database"],
    ["registry:HarborCredentials", password, "harbor-database", "Harbor could not read its database"],
    ["registry:HarborCredentials", password, "harbor-xsrf", undefined],
    ["registry:HarborCredentials", privateKey, "harbor-token-signing", undefined],
    ["secrets:SealingKeys", "kubernetes:core/v1:Secret", "keys-first", undefined],
    ["other:Thing", password, "thing", undefined],
  ];
  for (const [component, type, name, lost] of cases) {
    const resource = {
      type,
      urn: urn(`cluster-security:stack:Parent$cluster-security:${component}$${type}`, name),
    };
    it(`${lost ? "refuses" : "passes"} an unprotected ${type} ${name} of ${component}`, () => {
      assert.deepEqual(checkGenerated({ ...resource, protect: false }), lost ? [message(lost)] : []);
    });
    it(`passes a protected ${type} ${name} of ${component}`, () => {
      assert.deepEqual(checkGenerated({ ...resource, protect: true }), []);
    });
  }

  const programs: Record<string, () => unknown> = {
    SealingKeys: () => new SealingKeys("keys", { namespace: "kube-system", keys: [{ name: "first" }] }),
    EncryptionAtRest: () => new EncryptionAtRest("etcd", { keys: [{ name: "key1", provider: "secretbox" }] }),
    HarborCredentials: () => new HarborCredentials("harbor", { namespace: "harbor" }),
    Velero: () =>
      new Velero("velero", {
        namespace: "velero",
        bucket: "b",
        region: "r",
        s3Endpoint: "https://s3",
        accessKey: "a",
        secretKey: "s",
      }),
  };
  for (const [component, program] of Object.entries(programs)) {
    it(`asks ${component} to protect exactly what it protects`, async () => {
      const { resources } = await capture(program, { preview: true });
      const generated = resources.filter(({ type }) => [privateKey, password].includes(type));
      const asked = generated.filter(
        (resource) => checkGenerated({ ...resource, protect: false }).length > 0,
      );
      const done = generated.filter(({ protect }) => protect);
      assert.ok(done.length > 0);
      assert.deepEqual(
        asked.map(({ name }) => name),
        done.map(({ name }) => name),
      );
    });
  }
});
