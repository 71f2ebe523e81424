import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { projectFolder } from "../../cli/kit/toolchain/tool.js";

/** Words that are not plain English of the field, with what is written instead. */
const words: [word: RegExp, instead: string][] = [
  [/\bwho(m?)ever\b/i, "name the person or the program: the user, the caller, everybody"],
  [/\bbeside( [\w`'"]|[.,;] )/i, "next to, in addition to"],
  [/\bfor want of\b/i, "without"],
  [/\bwhatever is meant by\b/i, "say what is meant"],
];

function found(text: string): string[] {
  return text.split("\n").flatMap((line, index) => {
    const hit = words.find(([word]) => word.test(line));
    return hit ? [`${index + 1}: ${line.trim()} (${hit[1]})`] : [];
  });
}

describe("the words of code and docs", () => {
  it("are plain English of the field", () => {
    const patterns = ["*.ts", "*.sh", "*.cjs", "*.md", "*.yaml", "*.yml"];
    const left = [":!CHANGELOG.md", ":!tests/repository/words.test.ts"];
    const files = execFileSync("git", ["ls-files", ...patterns, ...left], {
      cwd: projectFolder,
      encoding: "utf8",
    });
    const hits = files
      .split("\n")
      .filter(Boolean)
      .flatMap((file) =>
        found(readFileSync(join(projectFolder, file), "utf8")).map((hit) => `${file}:${hit}`),
      );
    assert.deepEqual(hits, []);
  });

  for (const text of ["for whoever reads it", "a file beside it", "for want of a status"]) {
    it(`would be refused with "${text}"`, () => assert.equal(found(text).length, 1));
  }
});
