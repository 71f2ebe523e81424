import assert from "node:assert/strict";
import { notYetKnown } from "../../policy/resource.js";
import { checkObject, checkRelease, checkRepositoryPassword } from "../../policy/rules/publishedPasswords.js";

const variable = {
  name: "POSTGRES_PASSWORD",
  valueFrom: { secretKeyRef: { name: "ours", key: "password" } },
};
const harbor = () => ({
  existingSecretAdminPassword: "ours",
  existingSecretSecretKey: "ours",
  registry: { credentials: { existingSecret: "ours" } },
  database: {
    type: "internal",
    internal: { extraEnvVars: [variable] as unknown },
    external: { existingSecret: "ours" },
  },
});
const missing = (path: string, guards: string) =>
  `values.${path} is not set, so Harbor takes ${guards} from its chart, where anybody can read it. ` +
  "Name a Secret of ours there.";
const noVariable =
  "values.database.internal.extraEnvVars has no POSTGRES_PASSWORD, so Harbor's PostgreSQL begins with the password in " +
  "its chart, where anybody can read it. Take it from a Secret of ours by valueFrom.secretKeyRef.";

describe("policy: no published password", () => {
  it("wants a Secret for every password that Harbor's chart publishes", () => {
    assert.deepEqual(checkRelease({ chart: "harbor", values: {} }), [
      missing("existingSecretAdminPassword", "the password of admin"),
      missing("existingSecretSecretKey", "the key that encrypts credentials in its database"),
      missing("registry.credentials.existingSecret", "the password of its registry"),
      missing("database.external.existingSecret", "the password of its database"),
      noVariable,
    ]);
  });

  it("does so for a chart kept as an OCI artifact and without values too", () => {
    assert.equal(checkRelease({ chart: "oci://example.com/charts/harbor" }).length, 5);
  });

  const changed = (change: (values: ReturnType<typeof harbor>) => void) => {
    const values = harbor();
    change(values);
    return checkRelease({ chart: "harbor", values });
  };
  it("takes an empty name for none", () => {
    assert.deepEqual(
      changed((values) => (values.existingSecretSecretKey = "")),
      [missing("existingSecretSecretKey", "the key that encrypts credentials in its database")],
    );
  });
  it("refuses a database password that is not taken from a Secret", () => {
    const literal = [{ name: "POSTGRES_PASSWORD", value: "x" }];
    assert.deepEqual(
      changed((values) => (values.database.internal.extraEnvVars = literal)),
      [noVariable],
    );
  });

  it("passes Harbor with Secrets of ours, also where values are not yet known", () => {
    assert.deepEqual(
      changed(() => undefined),
      [],
    );
    assert.deepEqual(
      changed((values) => (values.database.internal.extraEnvVars = notYetKnown)),
      [],
    );
    assert.deepEqual(checkRelease({ chart: "harbor", values: notYetKnown }), []);
  });
  it("asks for no variable where the database is elsewhere", () => {
    assert.deepEqual(
      changed((values) => {
        values.database.type = "external";
        values.database.internal.extraEnvVars = [];
      }),
      [],
    );
  });
  it("passes other charts", () => assert.deepEqual(checkRelease({ chart: "cilium", values: {} }), []));

  const secretMessage = (key: string, source: string) =>
    `key ${key} holds a password that ${source} publishes; only a value of our own is allowed. ` +
    "Name a Secret of ours in the chart's values, and empty the value this comes from.";
  it("refuses a Secret with such a password, encoded or plain", () => {
    const data = { POSTGRES_PASSWORD: Buffer.from("changeit").toString("base64"), user: "cG9zdGdyZXM=" };
    const stringData = { "repository-password": "static-passw0rd" };
    assert.deepEqual(checkObject({ kind: "Secret", data, stringData }), [
      secretMessage("POSTGRES_PASSWORD", "Harbor's chart"),
      secretMessage("repository-password", "Velero"),
    ]);
  });
  it("passes a Secret of our own, one not yet known, and other kinds", () => {
    assert.deepEqual(
      checkObject({ kind: "Secret", stringData: { a: "ours", toString: "x", b: notYetKnown } }),
      [],
    );
    assert.deepEqual(checkObject({ kind: "Secret", data: notYetKnown }), []);
    assert.deepEqual(checkObject({ kind: "ConfigMap", data: { a: "Y2hhbmdlaXQ=" } }), []);
    assert.deepEqual(checkObject(undefined), []);
  });
});

describe("policy: backups encrypted with a password of our own", () => {
  const secret = (name: unknown, holder: object) => ({ kind: "Secret", metadata: { name }, ...holder });
  const name = "velero-repo-credentials";
  const message =
    "there is Velero but no Secret velero-repo-credentials with a key repository-password, so Velero encrypts backups " +
    "with a password that anybody can read in its source. Make that Secret before the release.";

  for (const [what, objects] of [
    ["no Secret", []],
    ["another Secret", [secret("cloud-credentials", { stringData: { "repository-password": "x" } })]],
    ["the Secret without the key", [secret(name, { stringData: { password: "x" } })]],
    [
      "something else of that name",
      [{ ...secret(name, { data: { "repository-password": "x" } }), kind: "ConfigMap" }],
    ],
  ] as const) {
    it(`refuses Velero with ${what}`, () => {
      assert.deepEqual(checkRepositoryPassword(["cilium", "velero"], [...objects]), [message]);
    });
  }
  for (const [what, object] of [
    ["the Secret", secret(name, { stringData: { "repository-password": "x" } })],
    ["the Secret, encoded", secret(name, { data: { "repository-password": "eA==" } })],
    ["the Secret, contents not yet known", secret(name, { data: notYetKnown })],
    ["a Secret whose name is not yet known", secret(notYetKnown, { data: { "repository-password": "x" } })],
  ] as const) {
    it(`passes Velero with ${what}`, () =>
      assert.deepEqual(checkRepositoryPassword(["velero"], [object]), []));
  }
  it("passes a plan without Velero", () => assert.deepEqual(checkRepositoryPassword(["harbor"], []), []));
});
