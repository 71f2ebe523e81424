import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { projectFolder, tool } from "../../../../cli/kit/toolchain/tool.js";
import { folderOfTest } from "../../../kit/folder.js";

const apache = join(projectFolder, "LICENSE");
const isc = join(projectFolder, "node_modules/yaml/LICENSE");

describe("the licences of a build", () => {
  let classifier: string;
  const home = folderOfTest();
  before(async function () {
    this.timeout(0);
    classifier = await tool("licences");
  });

  const write = (path: string, text: string): void => {
    mkdirSync(dirname(home(path)), { recursive: true });
    writeFileSync(home(path), text);
  };
  /** What is said of packages, given as `<module folder>` or `<module folder>/<package>`. */
  function licencesOf(...packages: string[]): Record<string, string> {
    const input = packages.map((path) => {
      const [module] = path.split("/") as [string];
      mkdirSync(home(path), { recursive: true });
      return JSON.stringify({
        Dir: home(path),
        Module: { Path: module, Dir: home(module), Main: module === "own" },
      });
    });
    // The standard library has no module.
    input.push(JSON.stringify({ Dir: home() }));
    return JSON.parse(execFileSync(classifier, { input: input.join("\n"), encoding: "utf8" })) as Record<
      string,
      string
    >;
  }
  it("are read from the licence file of each module", () => {
    cpSync(apache, home("a/COPYING.txt"));
    cpSync(isc, home("b/LICENCE"));
    assert.deepEqual(licencesOf("a", "b"), { a: "Apache-2.0", b: "ISC" });
  });

  it("join the files of the packages that are built, and of no others", () => {
    cpSync(isc, home("a/LICENSE"));
    cpSync(apache, home("a/built/LICENSE.md"));
    write("a/unused/LICENSE", "Ask us.\n");
    assert.deepEqual(licencesOf("a/built/inner", "a/built"), { a: "Apache-2.0 AND ISC" });
  });

  it("are UNKNOWN for a text that is no known licence, and NONE without a file", () => {
    write("a/LICENSE", "You may use this on Tuesdays, after a glass of milk, if nobody else is looking.\n");
    write("b/license.go", "package b\n");
    assert.deepEqual(licencesOf("a", "b"), { a: "UNKNOWN", b: "NONE" });
  });

  it("are not asked of the main module", () => {
    assert.deepEqual(licencesOf("own"), {});
  });
});
