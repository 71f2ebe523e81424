import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import {
  checkedSecretKey,
  HarborCredentials,
  harborSecrets,
  type HarborCredentialsArgs,
} from "../../../components/registry/harborCredentials.js";
import { leftOutOfBackups } from "../../../components/common/stateSecret.js";
import { capture, isSecret, valueOf, type CaptureOptions } from "../../kit/capture.js";
import { generated } from "./generated.js";

const secretType = "kubernetes:core/v1:Secret";
const passwordType = "random:index/randomPassword:RandomPassword";

/** What the component registers, and the component. */
async function credentials(args: Partial<HarborCredentialsArgs> = {}, options: CaptureOptions = {}) {
  let component: HarborCredentials | undefined;
  const run = await capture(
    () => (component = new HarborCredentials("harbor-credentials", { namespace: "harbor", ...args })),
    { outputs: generated, ...options },
  );
  return { run, component: component! };
}

describe("HarborCredentials", () => {
  const contents: [keyof typeof harborSecrets, Record<string, string>][] = [
    ["admin", { HARBOR_ADMIN_PASSWORD: "harbor-credentials-admin result" }],
    ["core", { secret: "harbor-credentials-core result" }],
    ["database", { password: "harbor-credentials-database result" }],
    ["jobservice", { JOBSERVICE_SECRET: "harbor-credentials-jobservice result" }],
    ["registry", { REGISTRY_HTTP_SECRET: "harbor-credentials-registry result" }],
    [
      "registryUser",
      {
        REGISTRY_PASSWD: "harbor-credentials-registry-user result",
        REGISTRY_HTPASSWD: "harbor_registry_user:harbor-credentials-registry-user hash",
      },
    ],
    ["secretKey", { secretKey: "harbor-credentials-secret-key result" }],
    [
      "tokenSigning",
      {
        "tls.crt": "harbor-credentials-token-signing-certificate certificate",
        "tls.key": "harbor-credentials-token-signing key",
      },
    ],
    ["xsrf", { CSRF_KEY: "harbor-credentials-xsrf result" }],
  ];
  for (const [role, stringData] of contents) {
    it(`keeps ${role} in ${harborSecrets[role]}, under the keys the chart reads`, async () => {
      const { run } = await credentials();
      const secret = run.one(secretType, `${harborSecrets[role]}-secret`);
      assert.deepEqual(secret.inputs["metadata"], {
        name: harborSecrets[role],
        namespace: "harbor",
        labels: leftOutOfBackups,
      });
      assert.deepEqual(secret.inputs["stringData"], stringData);
      assert.equal(secret.inputs["type"], role === "tokenSigning" ? "kubernetes.io/tls" : "Opaque");
      assert.ok(secret.isSecret("stringData"));
      assert.equal(secret.parent, "harbor-credentials");
    });
  }

  it("makes these Secrets and no others", async () => {
    const { run } = await credentials();
    const names = run.ofType(secretType).map((secret) => secret.inputs["metadata"].name);
    assert.deepEqual(names.sort(), Object.values(harborSecrets).sort());
  });

  it("draws credentials of the lengths the chart states, and protects the two that guard data", async () => {
    const { run } = await credentials();
    const drawn = run
      .ofType(passwordType)
      .map(({ name, inputs, protect }) => [name, inputs["length"], inputs["special"], protect]);
    assert.deepEqual(drawn.sort(), [
      ["harbor-credentials-admin", 32, false, false],
      ["harbor-credentials-core", 16, false, false],
      ["harbor-credentials-database", 32, false, true],
      ["harbor-credentials-jobservice", 16, false, false],
      ["harbor-credentials-registry", 16, false, false],
      ["harbor-credentials-registry-user", 32, false, false],
      ["harbor-credentials-secret-key", 16, false, true],
      ["harbor-credentials-xsrf", 32, false, false],
    ]);
  });

  it("draws a first password of admin that Harbor accepts", async () => {
    const { inputs } = (await credentials()).run.one(passwordType, "harbor-credentials-admin");
    assert.deepEqual([inputs["minUpper"], inputs["minLower"], inputs["minNumeric"]], [1, 1, 1]);
  });

  it("signs tokens with an RSA key of its own and a certificate for it", async () => {
    const { run } = await credentials();
    const key = run.one("tls:index/privateKey:PrivateKey");
    assert.deepEqual([key.inputs["algorithm"], key.inputs["rsaBits"]], ["RSA", 4096]);
    const certificate = run.one("tls:index/selfSignedCert:SelfSignedCert");
    assert.equal(certificate.inputs["privateKeyPem"], "harbor-credentials-token-signing key");
    assert.ok(certificate.isSecret("privateKeyPem"));
    const { validityPeriodHours, earlyRenewalHours } = certificate.inputs;
    assert.deepEqual(
      { validityPeriodHours, earlyRenewalHours },
      { validityPeriodHours: 87600, earlyRenewalHours: 8760 },
    );
  });

  const given: [keyof HarborCredentialsArgs, string, keyof typeof harborSecrets, string][] = [
    ["adminPassword", "Given-Admin-1", "admin", "HARBOR_ADMIN_PASSWORD"],
    ["secretKey", "given-16-letters", "secretKey", "secretKey"],
    ["databasePassword", "given database", "database", "password"],
  ];
  for (const [arg, value, role, key] of given) {
    it(`stores the ${arg} that is given and draws none`, async () => {
      const { run } = await credentials({ [arg]: value });
      const secret = run.one(secretType, `${harborSecrets[role]}-secret`);
      assert.equal(secret.inputs["stringData"][key], value);
      assert.ok(secret.isSecret("stringData"));
      assert.ok(!run.resources.some((r) => r.type === passwordType && r.name === harborSecrets[role]));
    });
  }

  for (const [name, args, password] of [
    ["generated", {}, "harbor-credentials-admin result"],
    ["given in plain", { adminPassword: "Given-Admin-1" }, "Given-Admin-1"],
  ] as const) {
    it(`hands out the password of admin as a secret: ${name}`, async () => {
      const { run, component } = await credentials(args);
      assert.ok(await isSecret(component.adminPassword));
      assert.equal(await valueOf(component.adminPassword), password);
      const { outputs } = run.one("cluster-security:registry:HarborCredentials");
      assert.deepEqual(outputs, { adminPassword: password });
    });
  }

  it("refuses a secretKey of another length, without repeating it", () => {
    assert.equal(checkedSecretKey("exactly-16-chars"), "exactly-16-chars");
    for (const wrong of ["", "fifteen-letters", "seventeen-letters"]) {
      assert.throws(() => checkedSecretKey(wrong), {
        message: `Harbor's secretKey must be exactly 16 characters long, but it has ${wrong.length}`,
      });
    }
  });

  it("stores no secretKey that it refuses", async () => {
    const { run } = await credentials({ secretKey: "short" });
    const stored = run.ofType(secretType).map((secret) => secret.inputs["metadata"].name);
    assert.equal(stored.length, 8);
    assert.ok(!stored.includes(harborSecrets.secretKey));
  });

  it("registers the same resources with known and unknown values", async () => {
    for (const args of [{}, { secretKey: pulumi.secret("given-16-letters") }]) {
      const known = await credentials(args);
      const unknown = await credentials(args, { preview: true });
      assert.deepEqual(unknown.run.shape(), known.run.shape());
    }
  });
});
