import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join, posix } from "node:path";
import { projectFolder } from "../../cli/kit/toolchain/tool.js";
import { allBlocks, documents, textOf } from "./claims.js";

describe("the documents", () => {
  it("have no commands that no test runs, or two do", function () {
    this.timeout(120_000);
    const load = ["--import=tsx", "tests/docs/unclaimed.ts"];
    const options = { cwd: projectFolder, encoding: "utf8" } as const;
    assert.equal(execFileSync(process.execPath, load, options), "");
  });

  it("write commands as sh, where they are looked for, and only data or pictures otherwise", () => {
    const others = allBlocks.filter(
      ({ language }) => !["sh", "mermaid", "properties", "text", "yaml"].includes(language),
    );
    assert.deepEqual(
      others.map(({ document, line, language }) => `${document}:${line}: ${language || "no language"}`),
      [],
    );
  });

  it("say of commands that are no sh that no test runs them", () => {
    for (const { document } of allBlocks.filter(({ language }) => language === "text")) {
      assert.match(textOf(document), /No test runs/, document);
    }
  });

  it("name npm scripts that exist", () => {
    const { scripts } = JSON.parse(readFileSync(join(projectFolder, "package.json"), "utf8")) as {
      scripts: Record<string, string>;
    };
    const named = documents.flatMap((document) =>
      [...textOf(document).matchAll(/npm run (?:--silent )?([\w:-]+)/g)].map(([, script]) => script!),
    );
    assert.ok(named.includes("plan"));
    assert.deepEqual(
      named.filter((script) => !(script in scripts)),
      [],
    );
  });

  it("link to files and headings that exist", () => {
    const links = documents.flatMap((document) =>
      [...textOf(document).matchAll(/\]\(([^)\s]+)\)/g)]
        .map(([, target]) => target!)
        .filter((target) => !target.startsWith("https:"))
        .map((target) => {
          const [path, heading] = target.split("#");
          return { path: path ? posix.join(posix.dirname(document), path) : document, heading };
        }),
    );
    assert.ok(links.some(({ path }) => path === "docs/guides/seal-a-secret.md"));
    assert.ok(links.some(({ heading }) => heading === "run-it-on-your-cluster"));
    const dead = links.filter(
      ({ path, heading }) =>
        !existsSync(join(projectFolder, path)) || (heading && !headingsOf(path).includes(heading)),
    );
    assert.deepEqual(dead, []);
  });
});

/** Headings of a page as GitHub makes anchors of them. */
function headingsOf(document: string): string[] {
  return [...textOf(document).matchAll(/^#{1,6} +(.+)$/gm)].map(([, title]) =>
    title!
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, "")
      .replaceAll(" ", "-"),
  );
}
