import assert from "node:assert/strict";
import type { ChartName } from "../../components/common/charts.js";
import { notYetKnown } from "../../policy/resource.js";
import { credentialsIn, namesCredential } from "../../policy/rules/credentials.js";
import { checkObject, checkRelease } from "../../policy/rules/helmValues.js";
import { demandChart } from "../kit/charts.js";

const written = (path: string) =>
  `${path} holds a credential, and Helm stores values: they may hold only the name of a Secret. ` +
  "Put the credential into a Secret and name that in the chart's existingSecret… or …SecretName value.";
const marked = (path: string) =>
  `${path} is marked secret, and Helm stores values: they may hold only the name of a Secret. ` +
  "Put what is secret into a Secret and give the chart its name.";

const pem = "-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----\n";

describe("policy: no credential in Helm values", () => {
  const violating: [what: string, values: unknown, paths: string[]][] = [
    ["a password", { adminPassword: "hunter2" }, ["values.adminPassword"]],
    ["a password that is a number", { adminPassword: 12345678 }, ["values.adminPassword"]],
    ["a nested secret", { core: { secret: "0123456789abcdef" } }, ["values.core.secret"]],
    ["a key in small letters", { s3: { secretkey: "abc" } }, ["values.s3.secretkey"]],
    ["a token in a list", { list: [{ githubToken: "abc" }] }, ["values.list[0].githubToken"]],
    ["a list of tokens", { tokens: ["abc", "def"] }, ["values.tokens"]],
    [
      "a line of htpasswd",
      { credentials: { htpasswdString: "user:abc" } },
      ["values.credentials.htpasswdString"],
    ],
    ["an environment variable", { env: [{ name: "DB_PASSWORD", value: "abc" }] }, ["values.env[0].value"]],
    ["a published one there, once", { env: [{ name: "TOKEN", value: "changeit" }] }, ["values.env[0].value"]],
    ["credentials that are no path", { awsCredentials: "key:secret" }, ["values.awsCredentials"]],
    ["a private key under any key", { tls: { key: pem } }, ["values.tls.key"]],
    ["the same in base64", { tls: { key: Buffer.from(pem).toString("base64") } }, ["values.tls.key"]],
    ["a bcrypt hash under any key", { users: `admin:$2b$10$${"a".repeat(53)}` }, ["values.users"]],
    [
      "a JSON Web Token",
      { header: `Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2ln` },
      ["values.header"],
    ],
    ["an address with a password", { url: "postgres://harbor:abc@db:5432/core" }, ["values.url"]],
    ["an argument", { args: ["--verbose", "--admin-password=abc"] }, ["values.args[1]"]],
    ["an AWS credentials file", { file: "[default]\naws_secret_access_key = abc\n" }, ["values.file"]],
    ["the contents of a Secret", { secretContents: { cloud: "abc" } }, ["values.secretContents.cloud"]],
    ["a JSON document", { settings: '{"oidc_client_secret": "abc"}' }, ["values.settings"]],
    ["a published password under any key", { word: "Harbor12345" }, ["values.word"]],
    ["a key with dots", { "app.password": "abc" }, ['values["app.password"]']],
    ["several", { a: { password: "x" }, b: { token: "y" } }, ["values.a.password", "values.b.token"]],
  ];
  for (const [what, values, paths] of violating) {
    it(`refuses ${what}`, () => {
      assert.deepEqual(checkRelease({ chart: "any", values }), paths.map(written));
    });
  }

  const passing: Record<string, unknown> = {
    "no values": undefined,
    "values not yet known": notYetKnown,
    "a password not yet known": { adminPassword: notYetKnown },
    "an empty password": { adminPassword: "" },
    "names of Secrets": { existingSecret: "a", secretName: "b", existingSecretAdminPassword: "c" },
    "keys inside Secrets": { existingSecretAdminPasswordKey: "HARBOR_ADMIN_PASSWORD" },
    "a reference by name and key": { apiTokenSecretRef: { name: "a", key: "api-token" } },
    "credential as a reference": { credential: { name: "cloud-credentials", key: "cloud" } },
    "an environment variable from a Secret": {
      env: [{ name: "DB_PASSWORD", valueFrom: { secretKeyRef: {} } }],
    },
    "a mounted file": { env: [{ name: "GOOGLE_APPLICATION_CREDENTIALS", value: "/credentials/cloud" }] },
    "a path to a token": { tokenPath: "/var/run/token" },
    "a reference to a variable": { password: "$(DB_PASSWORD)", token: "${TOKEN}", secret: "{{ .Values.x }}" },
    switches: { automountServiceAccountToken: false, secret: true },
    "pull secrets": { imagePullSecrets: ["regcred"] },
    "keys of labels and taints": { tolerations: [{ key: "a/b" }], topologyKey: "kubernetes.io/hostname" },
    annotations: { podAnnotations: { "secret.reloader.stakater.com/reload": "a", "x/token": "b" } },
    "an address without a password": { url: "https://user@example.com:443/a", s3: "http://minio:9000/a:b@c" },
    "a certificate": { ca: "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n" },
    "a JSON document without credentials": { settings: '{"auth_mode": "db_auth"}', broken: "{not json" },
  };
  for (const [what, values] of Object.entries(passing)) {
    it(`lets ${what} pass`, () => assert.deepEqual(checkRelease({ chart: "any", values }), []));
  }

  it("refuses a value that is marked secret, whatever its key, and says so once", () => {
    const values = { harmless: "x", core: { secret: "y" }, other: { password: "z" } };
    assert.deepEqual(checkRelease({ values }, ["values.harmless", "values.core", "name"]), [
      marked("values.harmless"),
      marked("values.core"),
      written("values.other.password"),
    ]);
    assert.deepEqual(checkRelease({ values }, ["values"]), [marked("values")]);
  });

  it("refuses values in files", () => {
    assert.deepEqual(checkRelease({ valueYamlFiles: [{}] }), [
      "valueYamlFiles hides values in files, where no rule sees them; only values may be used. Move them there.",
    ]);
    assert.deepEqual(checkRelease({ valueYamlFiles: [] }), []);
  });

  it("never repeats the credential", () => {
    assert.doesNotMatch(checkRelease({ values: { password: "hunter2" } }).join(), /hunter2/);
  });

  for (const key of [
    "password",
    "dbPass",
    "HARBOR_TOKEN",
    "api-key",
    "apiKey",
    "accesskeysecret",
    "xsrfKey",
  ]) {
    it(`takes ${key} for a credential`, () => assert.ok(namesCredential(key)));
  }
  for (const key of [
    "key",
    "bypass",
    "tokenTTL",
    "secretName",
    "keyFile",
    "publicKey",
    "passwordKey",
    "secretRef",
  ]) {
    it(`takes ${key} for something else`, () => assert.ok(!namesCredential(key)));
  }

  const defaults: Partial<Record<ChartName, string[]>> = {
    "sealed-secrets": [],
    "cert-manager": [],
    cilium: [],
    velero: [],
    harbor: [
      "values.persistence.imageChartStorage.azure.accountkey",
      "values.persistence.imageChartStorage.gcs.encodedkey",
      "values.persistence.imageChartStorage.swift.password",
      "values.persistence.imageChartStorage.oss.accesskeysecret",
      "values.harborAdminPassword",
      "values.secretKey",
      "values.registry.credentials.password",
      "values.database.internal.password",
      "values.database.external.password",
    ],
  };
  for (const [chart, paths] of Object.entries(defaults)) {
    it(`finds exactly the credentials among the defaults of ${chart}`, function () {
      assert.deepEqual(credentialsIn(demandChart(this, chart as ChartName).defaults(), "values"), paths);
    });
  }
});

describe("policy: no credential in what a container is started with", () => {
  const pod = (env: unknown, key = "containers") => ({
    kind: "Deployment",
    spec: { template: { spec: { [key]: [{ name: "a", env }] } } },
  });

  it("refuses one that is written out, at any depth", () => {
    const inArguments = { kind: "Pod", spec: { containers: [{ args: ["--quiet", "--token=abc"] }] } };
    const message = (path: string) =>
      `${path} holds a credential that every reader of the object sees; only a reference to a Secret is allowed. ` +
      "Use valueFrom.secretKeyRef, and $(VARIABLE) in arguments.";
    const env = [
      { name: "MODE", value: "x" },
      { name: "DB_PASSWORD", value: "abc" },
    ];
    assert.deepEqual(checkObject(pod(env)), [message("spec.template.spec.containers[0].env[1].value")]);
    assert.deepEqual(checkObject(pod(env, "initContainers")), [
      message("spec.template.spec.initContainers[0].env[1].value"),
    ]);
    assert.deepEqual(checkObject(inArguments), [message("spec.containers[0].args[1]")]);
  });

  for (const [what, env] of [
    ["a reference", [{ name: "DB_PASSWORD", valueFrom: { secretKeyRef: { name: "a", key: "b" } } }]],
    ["a value not yet known", [{ name: "DB_PASSWORD", value: notYetKnown }]],
    ["an environment not yet known", notYetKnown],
  ] as const) {
    it(`lets ${what} pass`, () => assert.deepEqual(checkObject(pod(env)), []));
  }

  it("leaves alone what is no environment", () => {
    assert.deepEqual(checkObject({ kind: "Secret", stringData: { password: "abc" } }), []);
    assert.deepEqual(checkObject(null), []);
  });
});
