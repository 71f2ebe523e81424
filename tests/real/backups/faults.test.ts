import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { nodeFolders } from "../../../components/backups/node/environment.js";
import type { Run, TestNode } from "./node.js";
import { fill, fillPostgres, hashes } from "./samples.js";
import { pushed } from "./servers.js";
import { startWorld, type World } from "./world.js";

describe("backups: what goes wrong", function () {
  this.timeout(240_000);

  let world: World;
  let node: TestNode;
  let count = 0;

  before(async () => {
    world = await startWorld();
    fillPostgres(world.postgres, 2000);
    fresh();
    for (const job of ["restic-k8s-backup", "restic-host-backup", "pg-dump"]) succeeded(await node.run(job));
    assert.equal(await metric('backup_success{job="restic_k8s_data"}'), 1);
  });
  after(() => world.end());
  // Each test begins with a node as it was delivered, and the repositories of the one before it.
  beforeEach(() => fresh());
  afterEach(() => {
    world.proxy.clockOff = 0;
  });

  function fresh(): void {
    const before = node as TestNode | undefined;
    node = world.node(`node-${count++}`);
    fill(node.volumes, 40, 400_000);
    fill(node.host[0]!, 10, 10_000);
    if (before) {
      for (const file of readdirSync(before.path(nodeFolders.state))) {
        writeFileSync(
          node.path(`${nodeFolders.state}/${file}`),
          readFileSync(before.path(`${nodeFolders.state}/${file}`)),
        );
      }
    }
  }

  const metric = async (name: string) => (await pushed(world.pushgateway))[name];

  function succeeded(run: Run): void {
    assert.equal(run.status, 0, run.output);
  }

  /** A failure that says so, and reports 0 without touching the time of the last success. */
  async function fails(job: string, metrics: string, run: () => Promise<Run>, message: RegExp): Promise<Run> {
    const last = await metric(`backup_timestamp{job="${metrics}"}`);
    const result = await run();
    assert.notEqual(result.status, 0, `${job} succeeded:\n${result.output}`);
    assert.match(result.output, message);
    assert.equal(await metric(`backup_success{job="${metrics}"}`), 0);
    assert.equal(await metric(`backup_timestamp{job="${metrics}"}`), last);
    assert.deepEqual(readdirSync(node.path("/tmp")), [], "it leaves files behind");
    return result;
  }

  /** Changes what lies in the bucket behind the server's back. */
  async function changeBucket(change: () => void): Promise<void> {
    await world.killS3();
    change();
    await world.restartS3();
  }

  const locks = (prefix: string) => {
    const folder = join(world.bucket, prefix, "locks");
    return existsSync(folder) ? readdirSync(folder) : [];
  };

  describe("the S3 server dies in the middle", () => {
    it("fails in time, and the next run makes good", async () => {
      fill(node.volumes, 40, 60_000_000);
      const whole = hashes(node.volumes);
      node.set("common", { JOB_TIMEOUT_SECONDS: 12 });
      world.proxy.afterUploaded(20_000_000, () => void world.killS3());
      await fails(
        "restic-k8s-backup",
        "restic_k8s_data",
        () => node.run("restic-k8s-backup"),
        /restic did not end within 12 s\nrestic made no snapshot/,
      );
      assert.equal(locks("restic-k8s").length, 1, "nothing was going on when the server died");

      await world.restartS3();
      node.set("common", { JOB_TIMEOUT_SECONDS: 600 });
      succeeded(await node.run("restic-k8s-backup"));
      assert.equal(await metric('backup_success{job="restic_k8s_data"}'), 1);
      assert.deepEqual(locks("restic-k8s"), []);
      succeeded(await node.run("restore-drill", ["restic-k8s"]));
      assert.equal(Object.keys(whole).length, 40);
    });

    it("says which server does not answer when it is gone from the start", async () => {
      await world.killS3();
      try {
        await fails(
          "restic-host-backup",
          "restic_host",
          () => node.run("restic-host-backup"),
          /the S3 server at http:\/\/127\.0\.0\.1:\d+ does not answer/,
        );
      } finally {
        await world.restartS3();
      }
    });
  });

  describe("the job is killed", () => {
    /** Starts a backup and kills it while it uploads. */
    async function killedBy(signal: NodeJS.Signals): Promise<Run> {
      fill(node.volumes, 40, 60_000_000);
      const started = node.start("restic-k8s-backup");
      await new Promise<void>((resolve) =>
        world.proxy.afterUploaded(10_000_000, () => {
          started.kill(signal);
          resolve();
        }),
      );
      const run = await started.done;
      await started.gone();
      return run;
    }

    it("by SIGTERM: it reports that itself", async () => {
      await fails("restic-k8s-backup", "restic_k8s_data", () => killedBy("SIGTERM"), /^/);
      succeeded(await node.run("restic-k8s-backup"));
    });

    it("by SIGKILL: what systemd runs afterwards reports it, and the next run clears the lock", async () => {
      assert.equal(await metric('backup_success{job="restic_k8s_data"}'), 1);
      const { status } = await killedBy("SIGKILL");
      assert.equal(status, null);
      assert.equal(await metric('backup_success{job="restic_k8s_data"}'), 1, "nobody could report it yet");
      assert.equal(locks("restic-k8s").length, 1);

      const ended = (result: string) =>
        node.run("job-ended", ["restic_k8s_data"], { SERVICE_RESULT: result });
      succeeded(await ended("success"));
      assert.equal(await metric('backup_success{job="restic_k8s_data"}'), 1);
      succeeded(await ended("signal"));
      assert.equal(await metric('backup_success{job="restic_k8s_data"}'), 0);

      succeeded(await node.run("restic-k8s-backup"));
      assert.deepEqual(locks("restic-k8s"), []);
      assert.equal(await metric('backup_success{job="restic_k8s_data"}'), 1);
    });

    for (const [metrics, expected] of [
      ["pg_dump", ["backup_success", "pg_dump_success"]],
      ["restore_drill", ["restore_drill_success"]],
    ] as const) {
      it(`reports ${metrics} as failed`, async () => {
        succeeded(await node.run("job-ended", [metrics], { SERVICE_RESULT: "timeout" }));
        for (const name of expected) assert.equal(await metric(`${name}{job="${metrics}"}`), 0, name);
      });
    }
  });

  describe("credentials", () => {
    it("a wrong password: nothing is written, and no new repository is made", async () => {
      const before = hashes(world.bucket);
      node.write("restic-host.password", "not the password\n");
      await fails(
        "restic-host-backup",
        "restic_host",
        () => node.run("restic-host-backup"),
        /wrong password or no key found\nrestic made no snapshot \(status 1\)/,
      );
      assert.deepEqual(hashes(world.bucket), before);
    });

    it("an expired key: the server's answer, at once", async () => {
      node.write(
        "node-jobs.credentials",
        "[default]\naws_access_key_id=gone\naws_secret_access_key=needle-gone\n",
      );
      const { seconds, output } = await fails(
        "restic-host-backup",
        "restic_host",
        () => node.run("restic-host-backup"),
        /the S3 server refuses to list homelab-backups with the key in \S+node-jobs\.credentials: 403 /,
      );
      assert.ok(seconds < 30, `${seconds} s`);
      assert.ok(!output.includes("needle-gone"));
    });

    it("files that others can read: refused before anything is used", async () => {
      node.write("restic-host.password", "x");
      const path = node.path(`${nodeFolders.config}/restic-host.password`);
      chmodSync(path, 0o640);
      const { status, output } = await node.run("restic-host-backup");
      assert.equal(status, 1);
      assert.match(
        output,
        /^files in \S+ can be read or owned by others: chown \w+ and chmod 0600 all of them\n$/,
      );
    });
  });

  describe("two jobs at once", () => {
    it("take turns, as after a night off, and PostgreSQL may come late", async () => {
      // The node has just booted: every timer is due, and the server is not up yet.
      const { socket } = world.postgres;
      node.set("pg-dump", { PGHOST: join(socket, "late") });
      const jobs = [
        "pg-dump",
        "restic-k8s-backup",
        "restic-host-backup",
        "restic-host-backup",
        "oci-bucket-stats",
      ];
      const running = jobs.map((job) => node.start(job));
      await sleep(2000);
      mkdirSync(join(socket, "late"));
      symlinkSync(join(socket, ".s.PGSQL.5432"), join(socket, "late/.s.PGSQL.5432"));
      for (const run of await Promise.all(running.map(({ done }) => done))) succeeded(run);
      for (const job of ["pg_dump", "restic_k8s_data", "restic_host"])
        assert.equal(await metric(`backup_success{job="${job}"}`), 1, job);
      rmSync(join(socket, "late"), { recursive: true });
    });

    it("one that waited too long says so", async () => {
      const lock = node.path(`${nodeFolders.state}/lock`);
      node.set("common", { LOCK_WAIT_SECONDS: 1 });
      const holder = spawn("flock", [lock, "sleep", "60"]);
      try {
        await sleep(300);
        await fails(
          "restic-host-backup",
          "restic_host",
          () => node.run("restic-host-backup"),
          /^another backup job still runs after 1 s: see systemctl list-units --state=activating\n$/,
        );
      } finally {
        holder.kill();
      }
    });
  });

  describe("a wrong clock", () => {
    it("is told from the server's answer", async () => {
      world.proxy.clockOff = -3600;
      await fails(
        "restic-host-backup",
        "restic_host",
        () => node.run("restic-host-backup"),
        /this node's clock is 3[56]\d\d s off the S3 server's: see timedatectl/,
      );
    });
  });

  describe("the bucket", () => {
    const size = () =>
      readdirSync(world.bucket, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);

    it("above 95 %: no new snapshot, and nothing is deleted", async () => {
      const used = size();
      const limit = Math.floor(used / 0.96);
      node.set("common", { BUCKET_LIMIT_BYTES: limit });
      const before = hashes(world.bucket);
      for (const [job, metrics] of [
        ["restic-k8s-backup", "restic_k8s_data"],
        ["pg-dump", "pg_dump"],
      ] as const) {
        await fails(
          job,
          metrics,
          () => node.run(job),
          new RegExp(
            `the bucket homelab-backups holds ${used} of ${limit} bytes, more than the 95 % above which no new ` +
              "snapshot is made\\. Nothing was deleted: make room, or raise backups\\.jobs\\.bucket\\.refuseAbovePercent",
          ),
        );
      }
      assert.deepEqual(hashes(world.bucket), before);
      // The dump itself was made.
      assert.equal(await metric('pg_dump_success{job="pg_dump"}'), 1);

      node.set("common", { BUCKET_LIMIT_BYTES: Math.ceil(used / 0.94) });
      succeeded(await node.run("restic-k8s-backup"));
    });

    it("a repository that is gone is not replaced by an empty one", async () => {
      const path = join(world.bucket, "restic-host/config");
      const content = readFileSync(path);
      await changeBucket(() => rmSync(path));
      try {
        const before = hashes(world.bucket);
        await fails(
          "restic-host-backup",
          "restic_host",
          () => node.run("restic-host-backup"),
          /has lost its config/,
        );
        assert.deepEqual(hashes(world.bucket), before);
      } finally {
        await changeBucket(() => writeFileSync(path, content));
      }
    });
  });

  describe("the disk is full", () => {
    it("the dump of the last run is kept", async () => {
      succeeded(await node.run("pg-dump"));
      const dump = node.read(`${nodeFolders.dump}/dump.sql`);
      world.postgres.query(
        "shop",
        "CREATE TABLE filler AS SELECT repeat('x', 1000) FROM generate_series(1, 3000);",
      );
      try {
        const folder = node.path(nodeFolders.dump);
        const run = () => node.runWithSmallDisk("pg-dump", folder, 1_500_000);
        const { output } = await fails(
          "pg-dump",
          "pg_dump",
          run,
          /pg_dumpall failed; the dump of the last run is kept/,
        );
        assert.match(output, /No space left on device/);
        assert.equal(await metric('pg_dump_success{job="pg_dump"}'), 0);
        assert.equal(node.read(`${nodeFolders.dump}/dump.sql`), dump);
      } finally {
        world.postgres.query("shop", "DROP TABLE filler;");
      }
    });

    it("a drill that has no room fails and cleans up", async () => {
      fill(node.volumes, 40, 8_000_000);
      succeeded(await node.run("restic-k8s-backup"));
      const { status, output } = await node.runWithSmallDisk("restore-drill", node.path("/tmp"), 1_500_000, [
        "restic-k8s",
      ]);
      assert.equal(status, 1, output);
      assert.match(output, /no space left on device/i);
      assert.equal(await metric('restore_drill_success{job="restore_drill"}'), 0);
    });
  });

  describe("the drill finds", () => {
    const verified = (prefix: string) =>
      metric(`backup_last_verified_restore_timestamp{job="restore_drill",prefix="${prefix}"}`);

    /** The drill fails for one layer, and the others are proven all the same. */
    async function finds(prefix: string, message: RegExp): Promise<void> {
      const before = await verified(prefix);
      await sleep(1100);
      const { status, output } = await node.run("restore-drill");
      assert.equal(status, 1, output);
      assert.match(output, message);
      assert.match(output, new RegExp(`the drill failed for ${prefix}\\n$`));
      assert.equal(await metric('restore_drill_success{job="restore_drill"}'), 0);
      assert.equal(await verified(prefix), before);
      for (const other of ["restic-k8s", "restic-host", "pg-dump"].filter((name) => name !== prefix))
        assert.ok((await verified(other))! > before!, other);
      assert.deepEqual(readdirSync(node.path("/tmp")), []);
    }

    beforeEach(async () => {
      for (const job of ["restic-k8s-backup", "restic-host-backup", "pg-dump"])
        succeeded(await node.run(job));
    });

    it("nothing, when all is well", async () => {
      const { status, output } = await node.run("restore-drill");
      assert.equal(status, 0, output);
      assert.equal(await metric('restore_drill_success{job="restore_drill"}'), 1);
      assert.match(output, /== restic-k8s\n39 files restored, all as they were\n== restic-host/);
      assert.match(output, /3 tables of PostgreSQL \d+ restored, all as they were/);
    });

    it("a damaged pack", async () => {
      const folder = join(world.bucket, "restic-k8s/data");
      const largest = readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name))
        .sort((a, b) => statSync(b).size - statSync(a).size)[0]!;
      const content = readFileSync(largest);
      const damaged = Buffer.from(content);
      damaged.fill(0, damaged.length >> 1, (damaged.length >> 1) + 64);
      await changeBucket(() => writeFileSync(largest, damaged));
      try {
        await finds("restic-k8s", /the repository is damaged/);
      } finally {
        await changeBucket(() => writeFileSync(largest, content));
      }
    });

    it("a file that is restored with another content than the disk had", async () => {
      const path = node.path(`${nodeFolders.state}/restic-host.sample`);
      const lines = readFileSync(path, "utf8").split("\n");
      lines[1] = lines[1]!.replace(/^[0-9a-f]{64}/, "0".repeat(64));
      writeFileSync(path, lines.join("\n"));
      await finds("restic-host", /: FAILED\n[^]*restored files differ from what was backed up/);
    });

    it("a dump that lacks rows", async () => {
      const dump = node.path(`${nodeFolders.dump}/dump.sql`);
      const records = node.path(`${nodeFolders.dump}/dump.records`);
      assert.match(
        readFileSync(records, "utf8"),
        /^shop public\.orders \(.*\): 2000 rows, sha256 [0-9a-f]{64}$/m,
      );
      const lines = readFileSync(dump, "utf8").split("\n");
      lines.splice(lines.findIndex((line) => line.startsWith("COPY public.orders (id, at")) + 1, 1);
      writeFileSync(dump, lines.join("\n"));
      // It goes to the bucket as it is, beside the records of the whole one.
      await node.restic("pg-dump", ["backup", "--quiet", node.path(nodeFolders.dump)]);
      await finds("pg-dump", /< shop public\.orders .*: 2000 rows[^]*> shop public\.orders .*: 1999 rows/);
    });
  });
});
