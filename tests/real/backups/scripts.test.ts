import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, readdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { nodeFolders } from "../../../components/backups/node/environment.js";
import { jobUnits } from "../../../components/backups/node/units.js";
import { debian } from "../../../cli/test/packages.js";
import { remove, scratch } from "./servers.js";
import { folderOfTest } from "../../kit/folder.js";
import { TestNode } from "./node.js";

const scripts = fileURLToPath(new URL("../../../components/backups/node/", import.meta.url));

/** Runs a piece of shell with one of the libraries. */
function shell(library: string, script: string, input = ""): { status: number | null; output: string } {
  const { status, stdout, stderr } = spawnSync(
    "sh",
    ["-c", `. ${scripts}lib/job.sh; . ${scripts}lib/${library}.sh; ${script}`],
    {
      input,
      encoding: "utf8",
    },
  );
  return { status, output: stdout + stderr };
}

describe("the units of the backup jobs", () => {
  let root: string;
  let node: TestNode;
  before(() => {
    root = scratch();
    node = new TestNode(root, {
      s3: "https://s3.example.com",
      postgres: { socket: "/run/postgresql", superuser: "postgres", query: () => "", stop: () => {} },
    });
    // What systemd brings itself: the targets, and the shell that the scripts name.
    const units = readdirSync("/usr/lib/systemd/system").filter((file) => file.endsWith(".target"));
    mkdirSync(join(root, "usr/lib/systemd/system"), { recursive: true });
    for (const unit of units)
      copyFileSync(join("/usr/lib/systemd/system", unit), join(root, "usr/lib/systemd/system", unit));
    mkdirSync(join(root, "bin"));
    symlinkSync("/bin/sh", join(root, "bin/sh"));
  });
  after(() => remove(root));

  const verify = (...units: string[]) => {
    const { stdout, stderr, status } = spawnSync(
      debian("systemd-analyze"),
      ["verify", `--root=${root}`, "--man=no", ...units.map((unit) => join("/etc/systemd/system", unit))],
      { encoding: "utf8" },
    );
    return { status, output: stdout + stderr };
  };

  for (const { unit } of Object.values(jobUnits)) {
    it(`${unit}: service and timer pass systemd-analyze verify`, () => {
      const { status, output } = verify(`${unit}.service`, `${unit}.timer`);
      assert.equal(output, "");
      assert.equal(status, 0);
    });
  }

  it("are found wanting by that check when they are", () => {
    const broken = join(root, "etc/systemd/system/broken.service");
    copyFileSync(join(root, "etc/systemd/system/pg-dump.service"), broken);
    spawnSync("sed", ["-i", "s/^Nice=10$/Nicee=10/; s/^ExecStart=.*/ExecStart=\\/nowhere/", broken]);
    const { output } = verify("broken.service");
    assert.match(output, /Nicee/);
    assert.match(output, /\/nowhere is not executable/);
  });

  it("run when they are meant to", () => {
    for (const { unit } of Object.values(jobUnits)) {
      const [, calendar] = /^OnCalendar=(.*)$/m.exec(node.read(`/etc/systemd/system/${unit}.timer`))!;
      const { status, stdout } = spawnSync("systemd-analyze", ["calendar", "--iterations=1", calendar!], {
        encoding: "utf8",
        env: { ...process.env, TZ: "UTC" },
      });
      assert.equal(status, 0, calendar);
      assert.match(
        stdout,
        unit === jobUnits.restoreDrill.unit
          ? /Next elapse: Sun .* 03:00:00 UTC/
          : /Next elapse: .* 03:00:00 UTC/,
      );
    }
  });
});

describe("the libraries of the backup jobs", () => {
  const folder = folderOfTest();
  const told = (error: object, item: string) =>
    `${JSON.stringify({ message_type: "error", error, during: "archival", item })}\n`;
  const vanished14 = told({ Op: "lstat", Path: "/v/wal/1", Err: 2 }, "/v/wal/1");
  const vanished17 = told({ message: "open /v/wal/1: no such file or directory" }, "/v/wal/1");
  const unreadable = told({ Op: "open", Path: "/v/key", Err: 13 }, "/v/key");
  const broken = told({ Op: "read", Path: "/v/f", Err: 5 }, "/v/f");
  const other = told({ Op: "read", Path: "/v/f", Err: 23 }, "/v/f");

  for (const [what, text, accepted] of [
    ["a file that vanished (restic 0.14)", vanished14, true],
    ["files that vanished (restic 0.17)", vanished17 + vanished17, true],
    ["a file that nobody may read", unreadable, false],
    ["one that vanished and one on a broken disk", vanished14 + broken, false],
    ["an error whose number begins like that of a file that vanished", other, false],
    ["an incomplete snapshot without a reason", "warning: something\n", false],
  ] as const) {
    it(`${accepted ? "accept" : "do not accept"} ${what}`, () => {
      const file = folder("errors");
      const result = shell("restic", `cat >${file}; only_vanished ${file}`, text);
      assert.equal(result.status === 0, accepted, result.output);
    });
  }

  it("take XML apart, entities left as they are", () => {
    const { output } = shell("s3", "xml", '<?xml version="1.0"?>\n<A><Key>a&amp;b c</Key><Size>1</Size></A>');
    assert.match(output, /^Key\ta&amp;b c$/m);
    assert.match(output, /^Size\t1$/m);
    assert.match(output, /^\/A\t$/m);
  });

  for (const [what, text, status, records] of [
    ["what a dump holds", "CREATE ROLE shop;\nCOPY public.a (id) FROM stdin;\n1\n2\n\\.\n", 0, 2],
    ["no dump that holds nothing to compare", "-- nothing\n", 1, 0],
  ] as const) {
    it(`record ${what}`, () => {
      const dump = folder("dump");
      const result = shell("postgres", `cat >${dump}; records ${dump}`, text);
      assert.equal(result.status, status, result.output);
      assert.equal(result.output.split("\n").length - 1, records, result.output);
    });
  }

  it("read the version of the server out of a dump", () => {
    const dump = folder("dump");
    const { output } = shell(
      "postgres",
      `cat >${dump}; dumped_version ${dump}`,
      "--\n-- Dumped from database version 16.3 (Debian 16.3-1)\n-- Dumped by pg_dump version 17.1\n-- Dumped from database version 9\n",
    );
    assert.equal(output, "16\n");
  });
});

describe("the folders of the backup jobs", () => {
  it("are the ones a unit may write to", () => {
    // StateDirectory=backups and CacheDirectory=backups of the units.
    assert.equal(nodeFolders.state, "/var/lib/backups");
    assert.equal(nodeFolders.cache, "/var/cache/backups");
  });
});
