import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { projectFolder } from "../../../cli/kit/toolchain/tool.js";
import type { ImportFile } from "../../../cli/state/importFile.js";
import { runCommand } from "../../kit/runCommand.js";

describe("npm run import-file", function () {
  this.timeout(120_000);
  const folder = mkdtempSync(join(tmpdir(), "import-file-"));
  const out = join(folder, "import.json");
  after(() => rmSync(folder, { recursive: true }));
  const importFile = (...args: string[]) => runCommand(["import-file", ...args, "--out", out]);

  it("has each release with its components, its provider and that one's configuration", async () => {
    const args = ["--release", "harbor/harbor", "--release", "kube-system/cilium", "--out", out];
    // Of the writer of the file; the provider finds its own where the file is read.
    const { status, stdout, stderr } = await runCommand(["import-file", ...args], {
      env: { KUBECONFIG: "/home/me/config" },
    });
    assert.equal(status, 0, stderr);
    assert.equal(
      stdout,
      `${out} has
  harbor/harbor
  kube-system/cilium
and not, because pulumi up makes them: cert-manager/cert-manager, harbor/reloader, kube-system/sealed-secrets, velero/reloader, velero/velero
The bucket is not in it; where it exists, give --bucket-namespace.
`,
    );
    const { version } = JSON.parse(
      readFileSync(join(projectFolder, "node_modules/@pulumi/kubernetes/package.json"), "utf8"),
    ) as { version: string };
    const addon = "cluster-security:addon:Addon";
    const release = { type: "kubernetes:helm.sh/v3:Release", provider: "cluster", version };
    const { resources, ...rest } = JSON.parse(readFileSync(out, "utf8")) as ImportFile;
    assert.deepEqual(
      resources.sort((a, b) => (a.name < b.name ? -1 : 1)),
      [
        { type: "cluster-security:network:Cilium", name: "cilium", component: true },
        { type: addon, name: "cilium-cni", component: true, parent: "cilium" },
        { ...release, name: "cilium-cni-release", id: "kube-system/cilium", parent: "cilium-cni" },
        { type: "cluster-security:registry:Harbor", name: "harbor", component: true },
        { type: addon, name: "harbor-chart", component: true, parent: "harbor" },
        { ...release, name: "harbor-chart-release", id: "harbor/harbor", parent: "harbor-chart" },
      ],
    );
    assert.deepEqual(rest, {
      nameTable: { cluster: "urn:pulumi:musashi::cluster-security::pulumi:providers:kubernetes::cluster" },
      providerInputs: {
        cluster: {
          __internal: {},
          clusterIdentifier: "musashi",
          enableConfigMapMutable: "true",
          enablePatchForce: "false",
          enableSecretMutable: "true",
          upsertExistingObjects: "true",
          version,
        },
      },
    });
  });

  it("has the bucket where its namespace is given", async () => {
    const { status, stdout, stderr } = await importFile("--bucket-namespace", "axabcdefghij");
    assert.equal(status, 0, stderr);
    assert.match(stdout, /^\S+ has\n {2}bucket homelab-backups\nand not, [^\n]+\n$/);
    const { resources, nameTable } = JSON.parse(readFileSync(out, "utf8")) as ImportFile;
    assert.deepEqual(
      resources.map(({ name, id }) => [name, id]),
      [
        ["backups", undefined],
        ["backups-storage", undefined],
        ["backups-storage-bucket", "n/axabcdefghij/b/homelab-backups"],
      ],
    );
    assert.deepEqual(Object.keys(nameTable), ["oci"]);
  });

  const failures: Record<string, [args: string[], message: string | RegExp]> = {
    "a release that the program has not": [
      ["--release", "harbor/harbour"],
      "--release harbor/harbour: the program has no such release; it has cert-manager/cert-manager, harbor/harbor, harbor/reloader, kube-system/cilium, kube-system/sealed-secrets, velero/reloader, velero/velero\n",
    ],
    "a stack that there is not": [
      ["--stack", "nowhere", "--release", "a/b"],
      /^there is no stack "nowhere" \(Pulumi\.nowhere\.yaml\); there are lab, musashi\n$/,
    ],
    "a kubeconfig that there is not": [
      ["--kubeconfig", "/nowhere/config"],
      "The cluster of --kubeconfig /nowhere/config cannot be asked: no kubeconfig: /nowhere/config does not exist; give one by --kubeconfig or KUBECONFIG\n",
    ],
  };
  for (const [title, [args, message]] of Object.entries(failures)) {
    it(`fails for ${title}, and leaves the file as it was`, async () => {
      writeFileSync(out, "as it was");
      const { status, stdout, stderr } = await importFile(...args);
      assert.deepEqual([status, stdout, readFileSync(out, "utf8")], [1, "", "as it was"]);
      const said = stderr.replace(/^(asking|building) .*\n/gm, "");
      if (typeof message === "string") assert.equal(said, message);
      else assert.match(said, message);
    });
  }

  it("fails for a folder that there is not", async () => {
    const { status, stderr } = await runCommand([
      "import-file",
      "--release",
      "a/b",
      "--out",
      join(folder, "no/x.json"),
    ]);
    assert.deepEqual([status, stderr], [1, `--out ${folder}/no/x.json: there is no folder ${folder}/no\n`]);
  });
});

describe("npm run import", () => {
  const folder = mkdtempSync(join(tmpdir(), "import-"));
  after(() => rmSync(folder, { recursive: true }));

  it("takes only what npm run import-file writes", async () => {
    const missing = await runCommand(["import", "--file", "/nowhere/import.json"]);
    assert.deepEqual(
      [missing.status, missing.stderr],
      [1, "--file /nowhere/import.json: there is no such file; npm run import-file writes one\n"],
    );
    const pipe = join(folder, "pipe");
    execFileSync("mkfifo", [pipe]);
    const waiting = await runCommand(["import", "--file", pipe]);
    assert.deepEqual(
      [waiting.status, waiting.stderr],
      [1, `--file ${pipe}: this is a pipe or a device, not a file\n`],
    );
    for (const text of ["", "{}", '{"resources":[]}', "[1]"]) {
      const file = join(folder, "import.json");
      writeFileSync(file, text);
      const { status, stderr } = await runCommand(["import", "--file", file]);
      assert.deepEqual(
        [status, stderr],
        [1, `--file ${file}: this is not what npm run import-file writes\n`],
      );
    }
  });

  const refused: Record<string, [cli: string, message: RegExp]> = {
    "a CLI that may not know the configuration of providers in the file": [
      "echo v3.100.0",
      /\nthe Pulumi CLI on PATH is v3\.100\.0; at least v3\.\d+\.\d+ is needed\n$/,
    ],
    "a state that says nothing of secrets": [
      'case $1 in version) echo v9.0.0 ;; *) echo \'{"version":3,"deployment":null}\' ;; esac',
      /\nthe state of musashi does not say yet how it encrypts secrets, so nothing can be added to it as a secret\. Let Pulumi write that down, then run this again: pulumi stack change-secrets-provider --stack musashi passphrase \(or the key service in place of passphrase\)\n$/,
    ],
    "a state that cannot be read": [
      "[ $1 = version ] || { echo \"error: no stack named 'musashi' found\" >&2; exit 255; }",
      /\npulumi stack export failed:\n {2}The backend .* holds no stack musashi\. .* or make the stack: pulumi stack init musashi\n$/,
    ],
  };
  for (const [title, [cli, message]] of Object.entries(refused)) {
    it(`refuses ${title}`, async () => {
      const file = join(folder, "import.json");
      writeFileSync(file, '{"resources":[{"type":"a:b:C","name":"c"}]}');
      writeFileSync(join(folder, "pulumi"), `#!/bin/sh\n${cli}\n`, { mode: 0o755 });
      const env = { PATH: `${folder}:${process.env["PATH"]}` };
      const { status, stderr } = await runCommand(["import", "--file", file], { env });
      assert.equal(status, 1);
      assert.match(stderr, message);
    });
  }
});
