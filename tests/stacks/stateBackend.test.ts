import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stateBackend, stateBackendProblem } from "../../stacks/stateBackend.js";

const bucket = "homelab-backups";

describe("the place of the Pulumi state", () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "state-backend-"))));
  afterEach(() => rmSync(folder, { recursive: true }));

  /** What is found, given these. */
  function found(given: { env?: NodeJS.ProcessEnv; project?: string; login?: string }) {
    const project = join(folder, "Pulumi.yaml");
    writeFileSync(project, `name: cluster-security\n${given.project ?? ""}`);
    if (given.login !== undefined) writeFileSync(join(folder, "credentials.json"), given.login);
    return stateBackend({ PULUMI_HOME: folder, ...given.env }, project);
  }
  const login = JSON.stringify({ current: "s3://login", accessTokens: { "s3://login": "" } });
  const project = "backend: { url: s3://project }\n";

  for (const [name, given, expected] of [
    ["nowhere", {}, undefined],
    ["in a login that was ended", { login: '{"accounts":{}}' }, undefined],
    ["by login", { login }, { url: "s3://login", saidBy: "pulumi login" }],
    [
      "in Pulumi.yaml before a login",
      { login, project },
      { url: "s3://project", saidBy: "backend.url of Pulumi.yaml" },
    ],
    [
      "in the environment before both",
      { login, project, env: { PULUMI_BACKEND_URL: "s3://variable" } },
      { url: "s3://variable", saidBy: "PULUMI_BACKEND_URL" },
    ],
  ] as const) {
    it(`is said ${name}`, () => assert.deepEqual(found(given), expected));
  }

  it("is looked up where another folder is given for logins", () => {
    writeFileSync(join(folder, "Pulumi.yaml"), "name: x\n");
    writeFileSync(join(folder, "credentials.json"), login);
    const env = { PULUMI_HOME: "/nowhere", PULUMI_CREDENTIALS_PATH: folder };
    assert.equal(stateBackend(env, join(folder, "Pulumi.yaml"))?.url, "s3://login");
  });

  const oracle = "https://ns.compat.objectstorage.sa-saopaulo-1.oraclecloud.com";
  const other = "https://s3.example.com";
  for (const [url, env, refused] of [
    [`s3://${bucket}`, {}, true],
    [`s3://${bucket}/state?region=sa-saopaulo-1`, {}, true],
    ["S3://Homelab-Backups", {}, true],
    [`s3://${bucket}?endpoint=${encodeURIComponent(oracle)}&s3ForcePathStyle=true`, {}, true],
    [`s3://${bucket}?endpoint=${oracle.slice("https://".length)}`, {}, true],
    [`s3://${bucket}`, { AWS_ENDPOINT_URL: oracle }, true],
    [`s3://${bucket}`, { AWS_ENDPOINT_URL: other, AWS_ENDPOINT_URL_S3: oracle }, true],
    [`s3://${bucket}?endpoint=${other}`, { AWS_ENDPOINT_URL: oracle }, false],
    [`s3://${bucket}`, { AWS_ENDPOINT_URL_S3: other }, false],
    [`s3://${bucket}-state`, {}, false],
    [`s3://state/${bucket}`, {}, false],
    [`gs://${bucket}`, {}, false],
    [`file:///srv/${bucket}`, {}, false],
    ["https://api.pulumi.com", {}, false],
  ] as const) {
    it(`${refused ? "refuses" : "allows"} ${url} ${JSON.stringify(env)}`, () => {
      const problem = stateBackendProblem({ url, saidBy: "pulumi login" }, bucket, env);
      assert.equal(problem !== undefined, refused, problem);
    });
  }

  it("is no matter where it is not known", () =>
    assert.equal(stateBackendProblem(undefined, bucket, {}), undefined));
});
