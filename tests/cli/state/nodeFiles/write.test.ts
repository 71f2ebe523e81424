import assert from "node:assert/strict";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writeBundles } from "../../../../cli/state/nodeFiles/write.js";
import { UserError } from "../../../../cli/kit/userError.js";

const base64 = (text: string) => Buffer.from(text).toString("base64");

describe("archives of node files", () => {
  let folder: string;
  beforeEach(() => (folder = realpathSync(mkdtempSync(join(tmpdir(), "node-files-")))));
  afterEach(() => rmSync(folder, { recursive: true }));

  const refused = (
    out: string,
    message: string | RegExp,
    bundles = { a: base64("a") } as Record<string, string>,
  ) => {
    const before = readdirSync(folder, { recursive: true });
    assert.throws(
      () => writeBundles(bundles, out),
      (error: Error) => {
        assert.ok(error instanceof UserError, String(error));
        if (typeof message === "string") assert.equal(error.message, message);
        else assert.match(error.message, message);
        return true;
      },
    );
    assert.deepEqual(readdirSync(folder, { recursive: true }), before);
  };

  it("are readable by their owner alone, whatever was there", () => {
    const out = join(folder, "node-files.tar");
    writeFileSync(out, "older", { mode: 0o644 });
    assert.deepEqual(writeBundles({ a: base64("\0\xff new") }, out), [out]);
    assert.equal(readFileSync(out, "utf8"), "\0\xff new");
    assert.equal(statSync(out).mode & 0o777, 0o600);
    assert.deepEqual(readdirSync(folder), ["node-files.tar"]);
  });

  for (const [out, names] of [
    ["node-files.tar", ["node-files-a.tar", "node-files-b.tar"]],
    ["files", ["files-a", "files-b"]],
  ] as const) {
    it(`have the names of several nodes: ${out}`, () => {
      const files = writeBundles({ a: base64("of a"), b: base64("of b") }, join(folder, out));
      assert.deepEqual(
        files,
        names.map((name) => join(folder, name)),
      );
      assert.deepEqual(
        files.map((file) => readFileSync(file, "utf8")),
        ["of a", "of b"],
      );
    });
  }

  it("are not written into a Git work tree, by no way around", () => {
    const out = (path: string) => join(folder, path, "node-files.tar");
    const message = (path: string, tree: string) =>
      `--out ${out(path)}: ${join(folder, tree)} is the work tree of a Git repository, and the files hold the keys that open etcd. ` +
      "Write them elsewhere, such as to ~/node-files.tar";
    mkdirSync(join(folder, "clone/.git"), { recursive: true });
    mkdirSync(join(folder, "clone/deep/down"), { recursive: true });
    // A linked work tree, or a submodule.
    mkdirSync(join(folder, "linked"));
    writeFileSync(join(folder, "linked/.git"), "gitdir: elsewhere\n");
    symlinkSync(join(folder, "clone/deep"), join(folder, "link"));
    for (const [path, tree] of [
      ["clone", "clone"],
      ["clone/deep/down", "clone"],
      ["linked", "linked"],
      ["link", "clone"],
    ] as const) {
      refused(out(path), message(path, tree));
    }
  });

  it("need a folder, and no folder of their own name", () => {
    refused(
      join(folder, "missing/a.tar"),
      `--out ${folder}/missing/a.tar: there is no folder ${folder}/missing`,
    );
    mkdirSync(join(folder, "a.tar"));
    refused(join(folder, "a.tar"), `--out ${folder}/a.tar: ${folder}/a.tar is a folder; name a file`);
    mkdirSync(join(folder, "n-b.tar"));
    refused(join(folder, "n.tar"), /n-b\.tar is a folder/, { a: base64("a"), b: base64("b") });
  });
});
