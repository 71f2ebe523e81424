import assert from "node:assert/strict";
import { chmodSync, chownSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { FaultyWorld } from "./faultyWorld.js";
import { demandRoot } from "../../kit/skip.js";

describe("backups: what others than root can leave out of them", function () {
  this.timeout(240_000);
  const at = FaultyWorld.ofSuite();
  const listed = () => at.node.restic("restic-host", ["ls", "latest"]);

  it("is nothing by a .resticignore that others may write", async () => {
    const [home, etc] = at.node.host as [string, string];
    const ignore = join(home, ".resticignore");
    writeFileSync(ignore, `*.key\n${etc}\n`);
    chmodSync(ignore, 0o666);
    writeFileSync(join(home, "a.key"), "key");
    const run = await at.node.run("restic-host-backup");
    at.succeeded(run);
    assert.match(
      run.output,
      /\.resticignore is not followed: it, or a folder it is in, does not belong to \w+ alone/,
    );
    const files = await listed();
    for (const path of [join(home, "a.key"), join(etc, "hosts")])
      assert.ok(files.includes(`${path}\n`), path);

    chmodSync(ignore, 0o644);
    writeFileSync(ignore, "*.key\n");
    at.succeeded(await at.node.run("restic-host-backup"));
    assert.ok(!(await listed()).includes("a.key"));
  });

  it("is nothing by a .resticignore in a folder of somebody else, who can put another in its place", async function () {
    // Without root there is nobody else.
    demandRoot(this);
    const [home] = at.node.host as [string];
    writeFileSync(join(home, ".resticignore"), "*.key\n", { mode: 0o644 });
    writeFileSync(join(home, "a.key"), "key");
    chownSync(home, 65534, 65534);
    const run = await at.node.run("restic-host-backup");
    at.succeeded(run);
    assert.match(run.output, /\.resticignore is not followed/);
    assert.ok((await listed()).includes("/a.key\n"));
  });

  it("is nothing by the mark of a cache", async () => {
    const [home] = at.node.host as [string];
    mkdirSync(join(home, "marked"));
    writeFileSync(join(home, "marked/CACHEDIR.TAG"), "Signature: 8a477f597d28d172789f06886806bc55\n");
    writeFileSync(join(home, "marked/file"), "needed");
    at.succeeded(await at.node.run("restic-host-backup"));
    assert.ok((await listed()).includes(`${join(home, "marked/file")}\n`));
  });

  for (const [what, change] of Object.entries({
    "is empty": (path: string) => rmSync(join(path, "hosts")),
    "is a link": (path: string) => {
      rmSync(path, { recursive: true });
      symlinkSync("/etc", path);
    },
    "is left out by an exclude": (path: string) => {
      const excludes = readFileSync(at.node.path("/etc/backups/restic-host.exclude"), "utf8");
      at.node.write("restic-host.exclude", `${excludes}${path}\n`);
    },
  } as const)) {
    it(`fails the job when a path ${what}`, async () => {
      const path = at.node.host[1]!;
      change(path);
      await at.fails(
        "restic-host-backup",
        /the snapshot \w+ has no file of \S+\/etc\/sample: it is empty, a link, or all of it is excluded\. Old snapshots are kept\./,
      );
    });
  }
});
