import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { leaveNothingOf } from "../../../stacks/settings/fields/excludes.js";
import { debian } from "../../../cli/test/packages.js";
import { folderOfSuite } from "../../kit/folder.js";

/** What a folder can hold: a name of each printable character alone, longer ones, and a folder with a file. */
const names = [
  ...Array.from({ length: 94 }, (_, index) => String.fromCharCode(0x21 + index)).filter(
    (name) => !"/.".includes(name),
  ),
  ".hidden",
  "a longer name",
  "keep/file",
];

describe("what restic leaves out of a folder", function () {
  this.timeout(60_000);
  const root = folderOfSuite();
  let env: Record<string, string>;
  before(() => {
    debian("restic");
    env = {
      PATH: process.env["PATH"]!,
      RESTIC_PASSWORD: "none",
      RESTIC_REPOSITORY: root("repository"),
    };
    for (const name of names) {
      const path = root("srv/data", name);
      mkdirSync(join(path, ".."), { recursive: true });
      writeFileSync(path, "content");
    }
    restic("init", "--repository-version", "2");
  });

  function restic(...args: string[]): string {
    const { status, stdout, stderr } = spawnSync("restic", [...args, "--no-cache"], {
      env,
      encoding: "utf8",
    });
    assert.equal(status, 0, stderr);
    return stdout;
  }

  /** Patterns in which ROOT is the folder that srv/data is in. */
  const lists: [patterns: string[], nothingIsLeft: boolean][] = [
    [["ROOT/srv/./data"], true],
    [["ROOT//srv/x/../data//"], true],
    [["ROOT/srv/**/data"], true],
    [["ROOT/srv/**/data/**/?*"], false],
    [["ROOT/srv/data/?*"], true],
    [["ROOT/srv/data/*?"], true],
    [["./data/[!-~]*"], true],
    [["**/srv/*"], true],
    [["/**/data"], true],
    [["ROOT/s\\rv"], true],
    [[" ROOT/srv/data/** "], true],
    [["ROOT/srv/data/[a-z]*", "ROOT/srv/data/[^a-z]*"], true],
    [["ROOT/srv/data", "!ROOT/srv/data/keep"], true],
    [["ROOT/srv/data/**", "!ROOT/srv/data/keep"], true],
    [["ROOT/srv/data/*", "!ROOT/srv/data/keep/file"], true],
    [["!ROOT/srv/data/keep", "ROOT/srv/data/*"], true],
    [["ROOT/srv/data/*", "!ROOT/srv/data/keep"], false],
    [["ROOT/srv/data/*", "!ke?p"], false],
    [["ROOT/srv/data/*", "!data/[k-m]*"], false],
    [["data", "!ROOT/srv/**/data"], false],
    [["ROOT/srv/data/?"], false],
    [["ROOT/srv/data/[^x]*"], false],
    [["ROOT/srv/data/*/*"], false],
    [["ROOT/srv/da"], false],
    [["/data"], false],
    [["srv/**/*/data"], false],
    [["\\x*"], false],
    [["ROOT/srv/data/\\*"], false],
  ];
  for (const [patterns, nothingIsLeft] of lists) {
    it(`is ${nothingIsLeft ? "" : "not "}everything with ${JSON.stringify(patterns)}, and the settings know it`, () => {
      const list = patterns.map((pattern) => pattern.replace("ROOT", root()));
      const file = root("excludes");
      writeFileSync(file, list.map((pattern) => `${pattern}\n`).join(""));
      const folder = root("srv/data");
      const summary = restic("backup", "--dry-run", "--json", "--quiet", "--exclude-file", file, folder);
      const { total_files_processed: files } = JSON.parse(summary.trimEnd().split("\n").at(-1)!) as {
        total_files_processed: number;
      };
      assert.deepEqual([files === 0, leaveNothingOf(list, folder)], [nothingIsLeft, nothingIsLeft]);
    });
  }
});
