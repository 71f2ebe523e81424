import assert from "node:assert/strict";
import {
  chmodSync,
  chownSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { nodeFolders } from "../../../components/backups/node/environment.js";
import { FaultyWorld } from "./faultyWorld.js";
import type { Run } from "./node.js";
import { fill, hashes } from "./samples.js";
import { demandRoot } from "../../kit/skip.js";

describe("backups: what goes wrong", function () {
  this.timeout(240_000);
  const at = FaultyWorld.ofSuite();

  describe("the S3 server dies in the middle", () => {
    it("fails in time, and the next run makes good", async () => {
      fill(at.node.volumes, 40, 60_000_000);
      const whole = hashes(at.node.volumes);
      at.node.set("common", { JOB_TIMEOUT_SECONDS: 12 });
      at.world.proxy.afterUploaded(20_000_000, () => void at.world.killS3());
      await at.fails("restic-k8s-backup", /restic did not end within 12 s\nrestic made no snapshot/);
      assert.equal(at.locks("restic-k8s").length, 1, "nothing was going on when the server died");

      await at.world.restartS3();
      at.node.set("common", { JOB_TIMEOUT_SECONDS: 600 });
      at.succeeded(await at.node.run("restic-k8s-backup"));
      assert.equal(await at.metric('backup_success{job="restic_k8s_data"}'), 1);
      assert.deepEqual(at.locks("restic-k8s"), []);
      at.succeeded(await at.node.run("restore-drill", ["restic-k8s"]));
      assert.equal(Object.keys(whole).length, 40);
    });

    it("says which server does not answer when it is gone from the start", async () => {
      await at.world.killS3();
      try {
        await at.fails("restic-host-backup", /the S3 server at http:\/\/127\.0\.0\.1:\d+ does not answer/);
      } finally {
        await at.world.restartS3();
      }
    });
  });

  describe("the job is killed", () => {
    /** Starts a backup and kills it while it uploads. */
    async function killedBy(signal: NodeJS.Signals): Promise<Run> {
      fill(at.node.volumes, 40, 60_000_000);
      const started = at.node.start("restic-k8s-backup");
      await new Promise<void>((resolve) =>
        at.world.proxy.afterUploaded(10_000_000, () => {
          started.kill(signal);
          resolve();
        }),
      );
      const run = await started.done;
      await started.gone();
      return run;
    }

    it("by SIGTERM: it reports that itself", async () => {
      await at.fails("restic-k8s-backup", /^/, () => killedBy("SIGTERM"));
      at.succeeded(await at.node.run("restic-k8s-backup"));
    });

    it("by SIGKILL: what systemd runs afterwards reports it, and the next run clears the lock", async () => {
      assert.equal(await at.metric('backup_success{job="restic_k8s_data"}'), 1);
      const { status } = await killedBy("SIGKILL");
      assert.equal(status, null);
      assert.equal(await at.metric('backup_success{job="restic_k8s_data"}'), 1, "nobody could report it yet");
      assert.equal(at.locks("restic-k8s").length, 1);

      const ended = (result: string) =>
        at.node.run("job-ended", ["restic_k8s_data"], { SERVICE_RESULT: result });
      at.succeeded(await ended("success"));
      assert.equal(await at.metric('backup_success{job="restic_k8s_data"}'), 1);
      at.succeeded(await ended("signal"));
      assert.equal(await at.metric('backup_success{job="restic_k8s_data"}'), 0);

      at.succeeded(await at.node.run("restic-k8s-backup"));
      assert.deepEqual(at.locks("restic-k8s"), []);
      assert.equal(await at.metric('backup_success{job="restic_k8s_data"}'), 1);
    });

    for (const [metrics, expected] of [
      ["pg_dump", ["backup_success", "pg_dump_success"]],
      ["restore_drill", ["restore_drill_success"]],
    ] as const) {
      it(`reports ${metrics} as failed`, async () => {
        at.succeeded(await at.node.run("job-ended", [metrics], { SERVICE_RESULT: "timeout" }));
        for (const name of expected) assert.equal(await at.metric(`${name}{job="${metrics}"}`), 0, name);
      });
    }
  });

  describe("credentials", () => {
    it("a wrong password: nothing is written, and no new repository is made", async () => {
      const before = hashes(at.world.bucket);
      at.node.write("restic-host.password", "not the password\n");
      await at.fails(
        "restic-host-backup",
        /wrong password or no key found\nrestic made no snapshot \(status 1\)/,
      );
      assert.deepEqual(hashes(at.world.bucket), before);
    });

    it("an expired key: the server's answer, at once", async () => {
      at.node.write(
        "node-jobs.credentials",
        "[default]\naws_access_key_id=gone\naws_secret_access_key=needle-gone\n",
      );
      const { seconds, output } = await at.fails(
        "restic-host-backup",
        /the S3 server refuses to list homelab-backups with the key in \S+node-jobs\.credentials: 403 /,
      );
      assert.ok(seconds < 30, `${seconds} s`);
      assert.ok(!output.includes("needle-gone"));
    });

    it("files that others can read: refused before anything is used", async () => {
      at.node.write("restic-host.password", "x");
      const path = at.node.path(`${nodeFolders.config}/restic-host.password`);
      chmodSync(path, 0o640);
      const { status, output } = await at.node.run("restic-host-backup");
      assert.equal(status, 1);
      assert.match(
        output,
        /^files in \S+ can be read or owned by others: chown \w+ and chmod 0600 all of them\n$/,
      );
    });
  });

  describe("the dump's folder", () => {
    /** What another account has in it: a file of its own, and a link where root writes next. */
    function belongsToNobody(): { folder: string; victim: string } {
      const folder = at.node.path(nodeFolders.dump);
      const victim = at.node.path("/victim");
      mkdirSync(folder, { recursive: true });
      writeFileSync(victim, "root's own");
      writeFileSync(join(folder, "old.sql"), "an older dump", { mode: 0o600 });
      symlinkSync(victim, join(folder, "dump.sql.new"));
      for (const path of [folder, join(folder, "old.sql")]) chownSync(path, 65534, 65534);
      chmodSync(folder, 0o700);
      return { folder, victim };
    }

    it("is taken over from another account, whose links are not followed", async function () {
      demandRoot(this);
      const { folder, victim } = belongsToNobody();
      const run = await at.node.run("pg-dump");
      at.succeeded(run);
      assert.match(run.output, /pg_dump belonged to nobody, and is root's now\n/);
      assert.deepEqual([statSync(folder).uid, statSync(folder).mode & 0o777], [0, 0o700]);
      assert.equal(readFileSync(victim, "utf8"), "root's own");
      assert.match(
        at.node.read(`${nodeFolders.dump}/dump.sql`),
        /^-- PostgreSQL database cluster dump complete$/m,
      );
    });

    it("is named with its owner where it cannot be", async function () {
      demandRoot(this);
      belongsToNobody();
      const unit = at.node.path("/etc/systemd/system/pg-dump.service");
      writeFileSync(unit, readFileSync(unit, "utf8").replace("CAP_CHOWN", ""));
      await at.fails(
        "pg-dump",
        /pg_dump belongs to nobody and cannot be taken over: chown root: \S+pg_dump\n/,
      );
    });
  });

  describe("two jobs at once", () => {
    it("take turns, as after a night off, and PostgreSQL may come late", async () => {
      // The node has just booted: every timer is due, and the server is not up yet.
      const { socket } = at.world.postgres;
      at.node.set("pg-dump", { PGHOST: join(socket, "late") });
      const jobs = [
        "pg-dump",
        "restic-k8s-backup",
        "restic-host-backup",
        "restic-host-backup",
        "oci-bucket-stats",
      ];
      const running = jobs.map((job) => at.node.start(job));
      await sleep(2000);
      mkdirSync(join(socket, "late"));
      symlinkSync(join(socket, ".s.PGSQL.5432"), join(socket, "late/.s.PGSQL.5432"));
      for (const run of await Promise.all(running.map(({ done }) => done))) at.succeeded(run);
      for (const job of ["pg_dump", "restic_k8s_data", "restic_host"])
        assert.equal(await at.metric(`backup_success{job="${job}"}`), 1, job);
      rmSync(join(socket, "late"), { recursive: true });
    });
  });

  describe("a wrong clock", () => {
    it("is told from the server's answer", async () => {
      at.world.proxy.clockOff = -3600;
      await at.fails(
        "restic-host-backup",
        /this node's clock is 3[56]\d\d s off the S3 server's: see timedatectl/,
      );
    });
  });
});
