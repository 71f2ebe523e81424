import assert from "node:assert/strict";
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { nodeFolders } from "../../../components/backups/node/environment.js";
import { FaultyWorld } from "./faultyWorld.js";
import { fill, hashes } from "./samples.js";

describe("backups: what goes wrong", function () {
  this.timeout(240_000);
  const at = FaultyWorld.ofSuite();

  describe("the bucket", () => {
    const size = () =>
      readdirSync(at.world.bucket, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);

    it("above 95 %: no new snapshot, and nothing is deleted", async () => {
      const used = size();
      const limit = Math.floor(used / 0.96);
      at.node.set("common", { BUCKET_LIMIT_BYTES: limit });
      const before = hashes(at.world.bucket);
      for (const job of ["restic-k8s-backup", "pg-dump"] as const) {
        await at.fails(
          job,
          new RegExp(
            `the bucket homelab-backups holds ${used} of ${limit} bytes, more than the 95 % above which no new ` +
              "snapshot is made\\. Nothing was deleted: make room, or raise backups\\.jobs\\.bucket\\.refuseAbovePercent",
          ),
        );
      }
      assert.deepEqual(hashes(at.world.bucket), before);
      // The dump itself was made.
      assert.equal(await at.metric('pg_dump_success{job="pg_dump"}'), 1);

      at.node.set("common", { BUCKET_LIMIT_BYTES: Math.ceil(used / 0.94) });
      at.succeeded(await at.node.run("restic-k8s-backup"));
    });

    it("a repository that is gone is not replaced by an empty one", async () => {
      const path = join(at.world.bucket, "restic-host/config");
      const content = readFileSync(path);
      await at.changeBucket(() => rmSync(path));
      try {
        const before = hashes(at.world.bucket);
        await at.fails("restic-host-backup", /has lost its config/);
        assert.deepEqual(hashes(at.world.bucket), before);
      } finally {
        await at.changeBucket(() => writeFileSync(path, content));
      }
    });
  });

  describe("the disk is full", () => {
    it("the dump of the last run is kept", async () => {
      at.succeeded(await at.node.run("pg-dump"));
      const dump = at.node.read(`${nodeFolders.dump}/dump.sql`);
      at.world.postgres.query(
        "shop",
        "CREATE TABLE filler AS SELECT repeat('x', 1000) FROM generate_series(1, 3000);",
      );
      try {
        const folder = at.node.path(nodeFolders.dump);
        const run = () => at.node.runWithSmallDisk("pg-dump", folder, "size=1500000");
        const { output } = await at.fails(
          "pg-dump",
          /pg_dumpall failed; the dump of the last run is kept/,
          run,
        );
        assert.match(output, /No space left on device/);
        assert.equal(await at.metric('pg_dump_success{job="pg_dump"}'), 0);
        assert.equal(at.node.read(`${nodeFolders.dump}/dump.sql`), dump);
      } finally {
        at.world.postgres.query("shop", "DROP TABLE filler;");
      }
    });

    it("a drill that has no room fails and cleans up", async () => {
      fill(at.node.volumes, 40, 8_000_000);
      at.succeeded(await at.node.run("restic-k8s-backup"));
      const { status, output } = await at.node.runWithSmallDisk(
        "restore-drill",
        at.node.path("/tmp"),
        "size=1500000",
        ["restic-k8s"],
      );
      assert.equal(status, 1, output);
      assert.match(output, /no space left on device/i);
      assert.equal(await at.metric('restore_drill_success{job="restore_drill"}'), 0);
    });
  });

  describe("the drill finds", () => {
    const verified = (prefix: string) =>
      at.metric(`backup_last_verified_restore_timestamp{job="restore_drill",prefix="${prefix}"}`);

    /** The drill fails for one layer, and the others are proven all the same. */
    async function finds(prefix: string, message: RegExp): Promise<void> {
      const before = await verified(prefix);
      await sleep(1100);
      const { status, output } = await at.node.run("restore-drill");
      assert.equal(status, 1, output);
      assert.match(output, message);
      assert.match(output, new RegExp(`the drill failed for ${prefix}\\n$`));
      assert.equal(await at.metric('restore_drill_success{job="restore_drill"}'), 0);
      assert.equal(await verified(prefix), before);
      for (const other of ["restic-k8s", "restic-host", "pg-dump"].filter((name) => name !== prefix))
        assert.ok((await verified(other))! > before!, other);
      assert.deepEqual(readdirSync(at.node.path("/tmp")), []);
    }

    beforeEach(async () => {
      for (const job of ["restic-k8s-backup", "restic-host-backup", "pg-dump"])
        at.succeeded(await at.node.run(job));
    });

    it("nothing, when all is well", async () => {
      const { status, output } = await at.node.run("restore-drill");
      assert.equal(status, 0, output);
      assert.equal(await at.metric('restore_drill_success{job="restore_drill"}'), 1);
      assert.match(output, /== restic-k8s\n39 files restored, all as they were\n== restic-host/);
      assert.match(output, /3 tables of PostgreSQL \d+ restored, all as they were/);
    });

    it("a damaged pack", async () => {
      const folder = join(at.world.bucket, "restic-k8s/data");
      const largest = readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name))
        .sort((a, b) => statSync(b).size - statSync(a).size)[0]!;
      const content = readFileSync(largest);
      const damaged = Buffer.from(content);
      damaged.fill(0, damaged.length >> 1, (damaged.length >> 1) + 64);
      await at.changeBucket(() => writeFileSync(largest, damaged));
      try {
        await finds("restic-k8s", /the repository is damaged/);
      } finally {
        await at.changeBucket(() => writeFileSync(largest, content));
      }
    });

    it("a file that is restored with another content than the disk had", async () => {
      const path = at.node.path(`${nodeFolders.state}/restic-host.sample`);
      const lines = readFileSync(path, "utf8").split("\n");
      lines[1] = lines[1]!.replace(/^[0-9a-f]{64}/, "0".repeat(64));
      writeFileSync(path, lines.join("\n"));
      await finds("restic-host", /: FAILED\n[^]*restored files differ from what was backed up/);
    });

    it("a dump that lacks rows", async () => {
      const dump = at.node.path(`${nodeFolders.dump}/dump.sql`);
      const records = at.node.path(`${nodeFolders.dump}/dump.records`);
      assert.match(
        readFileSync(records, "utf8"),
        /^shop public\.orders \(.*\): 2000 rows, sha256 [0-9a-f]{64}$/m,
      );
      const lines = readFileSync(dump, "utf8").split("\n");
      lines.splice(lines.findIndex((line) => line.startsWith("COPY public.orders (id, at")) + 1, 1);
      writeFileSync(dump, lines.join("\n"));
      // It goes to the bucket as it is, next to the records of the whole one.
      await at.node.restic("pg-dump", ["backup", "--quiet", at.node.path(nodeFolders.dump)]);
      await finds("pg-dump", /< shop public\.orders .*: 2000 rows[^]*> shop public\.orders .*: 1999 rows/);
    });
  });
});
