import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { sealingKeysReport } from "../../../cli/state/sealingKeysReport.js";
import {
  heldKeysIn,
  oldestFirst,
  sealedManifests,
  type HeldKey,
} from "../../../cli/state/sealedManifests.js";
import { tool } from "../../components/control-plane/kubeadm.js";
import { keyPair } from "../../components/secrets/keyPairs.js";

// kubeseal refuses certificates that have ended.
// Asked once: midnight may pass before the report is compared.
const now = Date.now();
const daysAgo = (days: number) => new Date(now - days * 86_400_000).toISOString();
const older: HeldKey = { name: "first", ...keyPair(daysAgo(30)) };
const newer: HeldKey = { name: "second", ...keyPair(daysAgo(20)) };
const foreign: HeldKey = { name: "foreign", ...keyPair(daysAgo(10)) };
const plain = "a plain value";

describe("SealedSecrets among manifests", () => {
  let kubeseal: string;
  let folder: string;

  before(function () {
    kubeseal = tool(this, "kubeseal", "0.38.");
    folder = mkdtempSync(join(tmpdir(), "manifests-"));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
    mkdirSync(folder);
  });
  after(() => folder && rmSync(folder, { recursive: true }));

  const write = (file: string, text: string) => {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), text);
  };
  /** What the real kubeseal makes of a Secret with these values. */
  function sealed(key: HeldKey, options: string[] = [], values = ["one", "two"], name = "database"): string {
    const certificate = join(folder, "sealing.pem");
    writeFileSync(certificate, key.certificate);
    const stringData = Object.fromEntries(values.map((value) => [value, plain]));
    const secret = { apiVersion: "v1", kind: "Secret", metadata: { name, namespace: "shop" }, stringData };
    const args = ["--cert", certificate, "--format", "yaml", ...options];
    const { status, stdout, stderr } = spawnSync(kubeseal, args, {
      input: JSON.stringify(secret),
      encoding: "utf8",
      env: { HOME: folder },
    });
    assert.equal(status, 0, stderr);
    rmSync(certificate);
    return stdout;
  }

  for (const scope of ["strict", "namespace-wide", "cluster-wide"]) {
    it(`are opened by the key that sealed them, in the scope ${scope}`, () => {
      write("a.yaml", sealed(newer, ["--scope", scope]));
      write("b/c.yml", `# a comment\n${sealed(older, ["--scope", scope])}`);
      assert.deepEqual(sealedManifests(folder, [newer, older]), {
        sealed: [
          { file: "a.yaml", name: "shop/database", openedBy: { second: ["one", "two"] }, unopened: [] },
          { file: "b/c.yml", name: "shop/database", openedBy: { first: ["one", "two"] }, unopened: [] },
        ],
        unread: [],
      });
    });
  }

  it("may hold values of several keys, and of none of the state's", () => {
    const values = (text: string) => text.match(/^ {4}\w+: A.{99,}\n/gm)!.join("");
    const merged = sealed(newer, [], ["a"]).replace(
      /^( {4}a: .+\n)/m,
      `$1${values(sealed(older, [], ["b", "c"]))}${values(sealed(foreign, [], ["d"]))}`,
    );
    write("merged.yaml", merged);
    assert.deepEqual(sealedManifests(folder, [older, newer]).sealed, [
      {
        file: "merged.yaml",
        name: "shop/database",
        openedBy: { second: ["a"], first: ["b", "c"] },
        unopened: ["d"],
      },
    ]);
  });

  it("are opened by no key under another name, as the controller would not", () => {
    write("renamed.yaml", sealed(newer).replace(/name: database/, "name: renamed"));
    write("broken.yaml", sealed(newer, [], ["one"]).replace(/one: A.*/, "one: not-base64!"));
    assert.deepEqual(
      sealedManifests(folder, [newer]).sealed.map(({ unopened }) => unopened),
      [["one"], ["one", "two"]],
    );
  });

  it("are found in lists, several documents and JSON, and nothing else is looked at", () => {
    const one = sealed(newer, ["--format", "json"]);
    write("list.json", `{"kind": "List", "items": [{"kind": "Service"}, ${one}]}`);
    write("two.yaml", `kind: Service\n---\n${sealed(older)}---\n${sealed(newer)}`);
    write("readme.md", sealed(newer));
    write(".git/a.yaml", sealed(newer));
    write("empty.yaml", "");
    assert.deepEqual(
      sealedManifests(folder, [newer, older]).sealed.map(({ file, openedBy }) => [
        file,
        ...Object.keys(openedBy),
      ]),
      [
        ["list.json", "second"],
        ["two.yaml", "first"],
        ["two.yaml", "second"],
      ],
    );
  });

  it("are named where they cannot be read, and read with the namespace that is missing", () => {
    write("template.yaml", "kind: SealedSecret\nspec: {{ .Values.sealed }}: {\n");
    write("kustomized.yaml", sealed(newer).replace(/^ +namespace: shop\n/gm, ""));
    const { sealed: found, unread } = sealedManifests(folder, [newer]);
    assert.deepEqual(found, []);
    assert.deepEqual(
      unread.map(({ file }) => file),
      ["kustomized.yaml", "template.yaml"],
    );
    assert.equal(
      unread[0]!.reason,
      "SealedSecret database names no namespace, which is part of what it is sealed for; give --namespace",
    );
    assert.match(unread[1]!.reason, / at line \d, column \d+$/);
    assert.deepEqual(sealedManifests(folder, [newer], "shop").sealed[0]!.openedBy, {
      second: ["one", "two"],
    });
  });

  it("are reported with what is left to do", () => {
    write("a.yaml", sealed(newer));
    write("b.yaml", sealed(older));
    write("c.yaml", sealed(foreign, [], ["one"]));
    const keys = oldestFirst([newer, older]);
    const { text, json, allNewest } = sealingKeysReport("musashi", keys, sealedManifests(folder, keys));
    assert.equal(allNewest, false);
    assert.equal(
      text,
      `Sealing keys in the state of musashi:
  first  since ${daysAgo(30).slice(0, 10)}; opens 1 SealedSecret
  second  since ${daysAgo(20).slice(0, 10)}, seals; opens 1 SealedSecret

Sealed with an older key:
  b.yaml: shop/database: one, two with first

Opened by no key of the state: sealed with another key, or for another name or namespace:
  c.yaml: shop/database: one

3 SealedSecrets: 1 sealed with second, 1 with an older key, 1 with no key of the state
`,
    );
    for (const printed of [text, json]) assert.doesNotMatch(printed, /PRIVATE KEY|a plain value/);
    assert.equal(JSON.parse(json).sealed.length, 3);

    rmSync(join(folder, "b.yaml"));
    rmSync(join(folder, "c.yaml"));
    assert.equal(sealingKeysReport("musashi", keys, sealedManifests(folder, keys)).allNewest, true);
    write("template.yaml", "kind: SealedSecret\nspec: {\n");
    assert.equal(sealingKeysReport("musashi", keys, sealedManifests(folder, keys)).allNewest, false);
  });

  it("are held against the keys of the component SealingKeys, and no other Secret of the state", () => {
    const secret = (parent: string, name: string, key: HeldKey) => ({
      urn: `urn:pulumi:lab::cluster-security::${parent}$kubernetes:core/v1:Secret::${name}`,
      inputs: {
        metadata: { name },
        data: { "tls.crt": btoa(key.certificate), "tls.key": btoa(key.privateKey) },
      },
    });
    const keys = heldKeysIn([
      secret("cluster-security:secrets:SealingKeys", "sealed-secrets-key-second", newer),
      secret("cluster-security:certificates:Issuers", "internal-ca", foreign),
      {
        urn: "urn:pulumi:lab::cluster-security::cluster-security:secrets:SealingKeys::sealing-keys",
        inputs: {},
      },
      secret("cluster-security:secrets:SealingKeys", "sealed-secrets-key-first", older),
    ]);
    assert.deepEqual(keys, [newer, older]);
    assert.deepEqual(oldestFirst(keys), [older, newer]);
  });
});
