import assert from "node:assert/strict";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { filesHolding } from "../../../cli/verify/cluster/fileSearch.js";
import { flagsOf, isOwnerOnly, NodeFileSystem, octal } from "../../../cli/verify/cluster/node.js";
import { storedFinding } from "../../../cli/verify/claims/secretsAtRest.js";

describe("a node's files", () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "node-"));
    mkdirSync(join(root, "etc/kubernetes/manifests"), { recursive: true });
  });
  afterEach(() => rmSync(root, { recursive: true }));

  it("are below its root, unless they say where they are themselves", () => {
    const node = new NodeFileSystem(root);
    assert.equal(node.path("/etc/kubernetes"), join(root, "etc/kubernetes"));
    assert.equal(node.path(join(root, "etc/kubernetes/pki")), join(root, "etc/kubernetes/pki"));
    assert.equal(node.path(`${root}-other/x`), join(root, `${root}-other/x`));
    assert.equal(new NodeFileSystem("/").path("/etc/kubernetes"), "/etc/kubernetes");
  });

  it("hold the flags of static pods", () => {
    const node = new NodeFileSystem(root);
    assert.equal(node.flags("etcd"), undefined);
    writeFileSync(
      join(root, "etc/kubernetes/manifests/etcd.yaml"),
      "spec: { containers: [{ command: [etcd, --data-dir=/var/lib/etcd, --name=a=b, --verbose] }] }",
    );
    assert.deepEqual(node.flags("etcd"), { "data-dir": "/var/lib/etcd", name: "a=b", verbose: "" });
    assert.deepEqual(flagsOf(["etcd", "serve"]), {});
  });

  it("have modes", () => {
    const node = new NodeFileSystem(root);
    const file = "/etc/kubernetes/admin.conf";
    writeFileSync(node.path(file), "x");
    for (const [mode, text, ownerOnly] of [
      [0o600, "0600", true],
      [0o400, "0400", true],
      [0o640, "0640", false],
      [0o604, "0604", false],
    ] as const) {
      chmodSync(node.path(file), mode);
      assert.equal(octal(node.mode(file)), text);
      assert.equal(isOwnerOnly(node.mode(file)), ownerOnly);
    }
  });
});

describe("a search of files", () => {
  let folder: string;
  const chunk = 4 * 1024 * 1024;
  const needle = Buffer.from("the needle");
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "search-"))));
  afterEach(() => rmSync(folder, { recursive: true }));

  const file = (name: string, size: number, at?: number): string => {
    const content = Buffer.alloc(size, 0xff);
    if (at !== undefined) needle.copy(content, at);
    const path = join(folder, name);
    mkdirSync(join(path, ".."), { recursive: true });
    writeFileSync(path, content);
    return path;
  };

  for (const at of [
    0,
    100,
    chunk - 10,
    chunk - 9,
    chunk - 5,
    chunk - 1,
    chunk,
    2 * chunk - 5,
    3 * chunk - 10,
  ]) {
    it(`finds what begins at byte ${at}`, () => {
      file("empty", 0);
      file("without", 3 * chunk);
      const found = file("snap/db", 3 * chunk, at);
      assert.deepEqual(filesHolding(folder, [Buffer.from("something else"), needle]), [found]);
    });
  }

  it("finds nothing where there is nothing", () => {
    file("wal/0.wal", chunk + 1);
    assert.deepEqual(filesHolding(folder, [needle]), []);
  });
});

describe("what is stored in etcd", () => {
  const prefix = "k8s:enc:secretbox:v1:key1:";
  const cases: [name: string, value: Buffer | undefined, status: string, evidence: RegExp][] = [
    [
      "is encrypted",
      Buffer.from(`${prefix}\x01\x02`),
      "proved",
      /^\/key begins with k8s:enc:secretbox:v1:key1:$/,
    ],
    [
      "is encrypted with another key",
      Buffer.from("k8s:enc:aescbc:v1:key1:..."),
      "failed",
      /begins with k8s:enc:aescbc:v1:key1:\.\.\., not with k8s:enc:secretbox/,
    ],
    [
      "is plain",
      Buffer.from("k8s\0\n\x0cthe needle"),
      "failed",
      /in plain; it begins with k8s···the needle$/,
    ],
    ["is plain behind the prefix", Buffer.from(`${prefix}the needle`), "failed", /in plain/],
    [
      "is not there",
      undefined,
      "failed",
      /^etcd has nothing under \/key: this is not the etcd of the API server$/,
    ],
  ];
  for (const [name, value, status, evidence] of cases) {
    it(name, () => {
      const finding = storedFinding(value, "the needle", prefix, "/key");
      assert.equal(finding.status, status);
      assert.match(finding.evidence, evidence);
    });
  }
});
