import assert from "node:assert/strict";
import { readlinkSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { have, Project } from "./project.js";

describe("plan --base", () => {
  let project: Project;
  let withoutProgram: string;

  before(async function () {
    await have(this, "pulumi");
    project = new Project();
    project.settings((text) => text, "empty");
    project.git("add", "Pulumi.empty.yaml");
    project.git("commit", "--quiet", "--message", "Settings without a program");
    withoutProgram = project.git("rev-parse", "HEAD");
    project.commit();
  });
  after(() => project.remove());
  beforeEach(() => project.settings((text) => text));

  it("finds no change between a clean tree and its own commit", async () => {
    const [text, json] = await Promise.all([
      project.plan("--base", "HEAD"),
      project.plan("--base", "main", "--json"),
    ]);
    assert.equal(text.status, 0, text.stderr);
    const commit = project.git("rev-parse", "HEAD").slice(0, 10);
    assert.match(text.stdout, /^19 unchanged resources are not shown\n/);
    assert.match(
      text.stdout,
      new RegExp(
        `\\nmusashi from ${commit}: 0 to create, 0 to update, 0 to replace, 0 to delete, 19 unchanged, 0 violations\\n$`,
      ),
    );
    assert.match(text.stderr, new RegExp(`\\nrunning the program of HEAD \\(${commit}\\)\\n`));
    const { summary, resources } = JSON.parse(json.stdout);
    assert.deepEqual(summary, { create: 0, update: 0, replace: 0, delete: 0, same: 19 });
    assert.equal(resources.length, 19);
  });

  it("shows just what a changed setting touches, and nothing that is drawn at random", async () => {
    project.settings((text) => text.replace("replicas: 1", "replicas: 3\n    comment: changed"));
    const { status, stdout, stderr } = await project.plan("--base", "HEAD");
    assert.equal(status, 0, stderr);
    assert.equal(
      stdout.slice(0, stdout.indexOf("Notes")),
      `  cluster-security-musashi  pulumi:pulumi:Stack  same
├─   certificates  cluster-security:fixture:Group  same
│  └─ ~ release  kubernetes:helm.sh/v3:Release  update
│         ~ values.replicaCount: 1 → 3
└─   secrets  cluster-security:fixture:Group  same
   └─ ± public  kubernetes:core/v1:ConfigMap  replace
          ~ data["ca.crt"]: [generated] → [generated]  (replaces)
          ~ metadata.labels.replicas: "1" → "3"
14 unchanged resources are not shown

`,
    );
    assert.doesNotMatch(stdout, /CERTIFICATE/);
  });

  it("shows nothing that is derived from what is drawn at random, neither the new value nor the old", async () => {
    const line = /~ metadata\.annotations\.fingerprint: \[generated\] → \[generated\]\n/;
    project.settings((text) => text.replace("replicas: 1", "replicas: 1\n    fingerprint: true"));
    const appearing = await project.plan("--base", "HEAD");
    assert.match(appearing.stdout, line);
    const derived = project.commit();
    project.settings((text) => text);
    project.commit();
    const disappearing = await project.plan("--base", derived);
    assert.match(disappearing.stdout, line);
  });

  it("shows what appears and what goes", async () => {
    const program = join(project.root, "stacks", "clusterSecurity.ts");
    const text = project.git("show", "HEAD:stacks/clusterSecurity.ts");
    writeFileSync(
      program,
      `${text.replace('new User("writer"', 'new User("author"').replace("caCertificate:", "ca:")}\n`,
    );
    try {
      const { status, stdout, stderr } = await project.plan("--base", "HEAD");
      assert.equal(status, 0, stderr);
      assert.match(stdout, /├─ \+ author {2}oci:Identity:User {2}create\n/);
      assert.match(stdout, /├─ - writer {2}oci:Identity:User {2}delete\n/);
      assert.match(stdout, /~ userId: ".*" → \[unknown until applied\] {2}\(replaces\)\n/);
      assert.match(stdout, /\nStack outputs:\n {2}\+ ca\n {2}- caCertificate\n\n/);
    } finally {
      writeFileSync(program, `${text}\n`);
    }
  });

  it("says so when the base has no such program", async () => {
    const { status, stdout, stderr } = await project.plan("--base", withoutProgram);
    assert.equal(status, 0, stderr);
    const commit = withoutProgram.slice(0, 10);
    assert.match(
      stdout,
      new RegExp(`${withoutProgram} \\(${commit}\\) has no program for musashi: everything is created\\.`),
    );
    assert.match(
      stdout,
      /: 19 to create, 0 to update, 0 to replace, 0 to delete, 0 unchanged, 0 violations\n$/,
    );
  });

  it("says what is wrong with a base that cannot be planned", async () => {
    project.settings((text) => text.replace("replicas: 1", "replicas: none"));
    const broken = project.commit();
    project.settings((text) => text);
    project.commit();
    const { status, stdout, stderr } = await project.plan("--base", broken);
    assert.equal(status, 1);
    assert.equal(stdout, "");
    assert.match(
      stderr,
      /The base [0-9a-f]{10} cannot be planned:\n {2}Pulumi\.musashi\.yaml:\n {2}cluster\.replicas: Invalid input: expected number, received string\n$/,
    );
    assert.doesNotMatch(stderr, /^\s+at /m);
  });

  it("installs the dependencies of a base whose lock file differs, once", async function () {
    this.timeout(120_000);
    for (const file of ["package.json", "package-lock.json"]) {
      writeFileSync(
        join(project.root, file),
        JSON.stringify({ name: "fixture", version: "1.0.0", lockfileVersion: 3 }),
      );
    }
    const other = project.commit();
    for (const file of ["package.json", "package-lock.json"]) rmSync(join(project.root, file));
    project.commit();
    const first = await project.plan("--base", other);
    assert.equal(first.status, 0, first.stderr);
    assert.match(
      first.stderr,
      /\ninstalling the dependencies of [0-9a-f]{10}, which differ from this tree's; once\n/,
    );
    const modules = readlinkSync(join(project.root, ".cache", "base", other, "node_modules"));
    assert.match(modules, /\/\.cache\/base\/modules-[0-9a-f]{16}\/node_modules$/);
    const second = await project.plan("--base", other);
    assert.doesNotMatch(second.stderr, /installing/);
  });
});
