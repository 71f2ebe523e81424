import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { projectFolder } from "../../cli/kit/toolchain/tool.js";

const declaration = /^(export )?(?:abstract )?(?:class|interface|type) (\w+)/gm;

/** Exported types that another file declares as well, each with its files. */
function declaredTwice(files: readonly (readonly [path: string, text: string])[]): string[] {
  const places = new Map<string, Set<string>>();
  const exported = new Set<string>();
  for (const [path, text] of files) {
    for (const [, isExported, name] of text.matchAll(declaration)) {
      places.set(name!, (places.get(name!) ?? new Set()).add(path));
      if (isExported) exported.add(name!);
    }
  }
  return [...places]
    .filter(([name, paths]) => paths.size > 1 && exported.has(name))
    .map(([name, paths]) => `${name}: ${[...paths].join(", ")}`);
}

describe("the name of an exported type", () => {
  it("has one meaning", () => {
    const files = execFileSync("git", ["ls-files", "*.ts", ":!tests"], {
      cwd: projectFolder,
      encoding: "utf8",
    });
    const texts = files
      .split("\n")
      .filter(Boolean)
      .map((path) => [path, readFileSync(join(projectFolder, path), "utf8")] as const);
    assert.deepEqual(declaredTwice(texts), []);
  });

  const cases: [text: string, twice: string[]][] = [
    ["export interface Peer {}", ["Peer: a.ts, b.ts"]],
    ["class Peer extends Base {}", ["Peer: a.ts, b.ts"]],
    ["type Row = string;", []],
    ["const a = { Peer: 1 }; // export type Peer", []],
  ];
  for (const [text, twice] of cases) {
    it(`is ${twice.length > 0 ? "refused" : "accepted"} next to "${text}"`, () =>
      assert.deepEqual(
        declaredTwice([
          ["a.ts", "export type Peer = string;\ntype Row = number;"],
          ["b.ts", text],
        ]),
        twice,
      ));
  }
});
