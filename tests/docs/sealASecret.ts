import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { chmodSync, existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parse } from "yaml";
import { answerOf } from "../../cli/kit/until.js";
import { allBlocks, documented } from "./claims.js";
import type { Sandbox } from "./sandbox.js";

const guide = "docs/guides/seal-a-secret.md";

/** A lab that runs, and the environments of those who have access to its state and to its cluster. */
interface KeptLab {
  sandbox: Sandbox;
  state: Record<string, string>;
  cluster: Record<string, string>;
}

/** The tests of docs/guides/seal-a-secret.md, on a lab that an earlier test brings up. */
export function sealASecret(lab: () => KeptLab): void {
  let sandbox: Sandbox;
  let state: KeptLab["state"];
  let cluster: KeptLab["cluster"];
  const sealed = () => readFileSync(join(sandbox.root, "backstage-gitops/base/sealed-secret.yaml"), "utf8");
  const envFile = () => join(sandbox.checkout, "backstage-db.env");
  const example = allBlocks.find(
    ({ document, language }) => document === guide && language === "properties",
  )!;
  const values = valuesOf(example.text);
  /** The steps that a change repeats. */
  const steps: Record<"write" | "commit", string> = { write: "", commit: "" };

  /** Runs step 2 with an editor that somebody types this into. */
  async function write(text: string): Promise<void> {
    const editor = join(sandbox.bin, "editor");
    const typed = join(sandbox.home, "typed");
    writeFileSync(typed, text);
    writeFileSync(editor, `#!/bin/sh\ncat '${typed}' >"$1"\n`);
    chmodSync(editor, 0o755);
    await sandbox.run(steps.write, { env: { EDITOR: editor } });
    assert.equal(statSync(envFile()).mode & 0o777, 0o600);
  }
  /** What ArgoCD does: brings what was pushed into the cluster. */
  const sync = () =>
    sandbox.run("git show HEAD:base/sealed-secret.yaml | kubectl apply --server-side --filename -", {
      cwd: join(sandbox.root, "backstage-gitops.git"),
      env: cluster,
    });
  async function inCluster(): Promise<Record<string, string>> {
    const get = "kubectl --namespace backstage get secret/backstage-db --output=json";
    const { data } = JSON.parse((await sandbox.run(get, { env: cluster })).stdout) as {
      data: Record<string, string>;
    };
    return Object.fromEntries(
      Object.entries(data).map(([key, value]) => [key, Buffer.from(value, "base64").toString()]),
    );
  }
  function assertSealed(text: string): void {
    const { kind, metadata, spec } = parse(text);
    assert.equal(kind, "SealedSecret");
    assert.deepEqual([metadata.name, metadata.namespace], ["backstage-db", "backstage"]);
    assert.deepEqual(Object.keys(spec.encryptedData).sort(), Object.keys(values).sort());
    for (const value of Object.values<string>(spec.encryptedData)) assert.match(value, /^Ag[\w+/]{600,}=*$/);
    assert.ok(!existsSync(envFile()), "no plain value is left on the disk");
    assert.equal(sandbox.git("status", "--porcelain"), "", "git would not add what is left");
  }

  before(async () => {
    ({ sandbox, state, cluster } = lab());
    assert.ok(state, "the lab is there");
    await sandbox.run(
      "git init --quiet --bare --initial-branch=main backstage-gitops.git\n" +
        "git clone --quiet backstage-gitops.git 2>&1\n" +
        "mkdir backstage-gitops/base\n" +
        "touch backstage-gitops/base/kustomization.yaml\n" +
        "git -C backstage-gitops add .\n" +
        "git -C backstage-gitops commit --quiet --message base\n" +
        "git -C backstage-gitops push --quiet --set-upstream origin main",
      { cwd: sandbox.root },
    );
  });

  documented(
    guide,
    "1. Fetch the certificate",
    "bd5983ec",
    "it is the sealing key's in the cluster",
    async ({ text }) => {
      await sandbox.run(text, { env: state });
      const certificate = readFileSync(join(sandbox.checkout, "sealing.pem"), "utf8");
      const get =
        "kubectl --namespace kube-system get secret " +
        "--selector sealedsecrets.bitnami.com/sealed-secrets-key=active " +
        "--output=jsonpath='{.items[*].data.tls\\.crt}'";
      const { stdout } = await sandbox.run(get, { env: cluster });
      const key = new X509Certificate(Buffer.from(stdout, "base64"));
      assert.equal(new X509Certificate(certificate).fingerprint256, key.fingerprint256);
    },
  );

  documented(
    guide,
    "2. Write the values down",
    "ca74f2a3",
    "nobody else can read the file",
    async ({ text }) => {
      steps.write = text;
      await write(example.text);
      assert.equal(readFileSync(envFile(), "utf8"), example.text);
    },
  );

  documented(
    guide,
    "3. Seal them",
    "1ebc181c",
    "without access to the cluster or the state",
    async ({ text }) => {
      await sandbox.run(text, {
        env: { PULUMI_BACKEND_URL: "file:///nowhere", PULUMI_CONFIG_PASSPHRASE_FILE: "/nowhere" },
      });
      assertSealed(sealed());
    },
  );

  documented(
    guide,
    "4. Commit it",
    "18d80ade",
    "it is in the repository that ArgoCD reads",
    async ({ text }) => {
      steps.commit = text;
      await sandbox.run(text);
      const pushed = await sandbox.run("git show HEAD:base/sealed-secret.yaml", {
        cwd: join(sandbox.root, "backstage-gitops.git"),
      });
      assert.equal(pushed.stdout, sealed());
    },
  );

  documented(
    guide,
    "4. Commit it (2)",
    "9f35025b",
    "waits for ArgoCD and the controller",
    async function ({ text }) {
      const waiting = sandbox.run(text, { env: cluster });
      await sleep(1500);
      await Promise.all([waiting, sync()]);
      assert.deepEqual(await inCluster(), values);
    },
  );

  documented(guide, "Change one value", "ecca6da8", "the others stay as they are", async ({ text }) => {
    const before = parse(sealed()).spec.encryptedData;
    await write("POSTGRES_PASSWORD=another one\n");
    await sandbox.run(text);
    assertSealed(sealed());
    const after = parse(sealed()).spec.encryptedData;
    assert.deepEqual(
      Object.keys(after).filter((key) => after[key] !== before[key]),
      ["POSTGRES_PASSWORD"],
    );
    await sandbox.run(steps.commit);
    await sync();
    const expected = { ...values, POSTGRES_PASSWORD: "another one" };
    await answerOf(async () => (await inCluster())["POSTGRES_PASSWORD"] === "another one");
    assert.deepEqual(await inCluster(), expected);
  });
}

/** Values by key: one `KEY=value` a line. */
function valuesOf(text: string): Record<string, string> {
  return Object.fromEntries(
    text
      .trimEnd()
      .split("\n")
      .map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]),
  );
}
