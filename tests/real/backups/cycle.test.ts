import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { nodeFolders, resticRequestsPerRun } from "../../../components/backups/node/environment.js";
import { full } from "../../kit/full.js";
import { needles, type Run, type TestNode } from "./node.js";
import { databaseState, fill, fillPostgres, hashes } from "./samples.js";
import { pushed, startPostgres } from "./servers.js";
import { startWorld, type World } from "./world.js";

// The sample of every run; the whole is 20,000 files and 1 GB (npm run test:backups:full).
const [files, bytes, rows] = full ? [20_000, 2 ** 30, 2_000_000] : [2_000, 50_000_000, 20_000];

const jobNames = ["pg-dump", "restic-k8s-backup", "restic-host-backup", "oci-bucket-stats", "restore-drill"];

describe("backups: a whole cycle with real servers", function () {
  this.timeout(full ? 1_800_000 : 240_000);

  let world: World;
  let node: TestNode;
  let volumes: Record<string, string>;
  let host: Record<string, string>;
  let databases: Record<string, string>;
  const runs = new Map<string, Run>();

  before(async () => {
    if (!full)
      console.log(`      ${files} files of 20,000, 50 MB of 1 GB; all of them: npm run test:backups:full`);
    world = await startWorld();
    node = world.node("first");
    node.watches = true;
    writeFileSync(join(node.volumes, "plain.txt"), "needle-of-a-volume");
    volumes = fill(node.volumes, files, bytes);
    fill(node.host[0]!, 40, 40_000);
    fill(node.host[1]!, 40, 40_000);
    writeFileSync(join(node.host[0]!, "plain.txt"), "needle-of-the-host");
    host = hashes(node.host[0]!);
    const [home] = node.host;
    mkdirSync(join(home!, ".pulumi/stacks"), { recursive: true });
    writeFileSync(join(home!, ".pulumi/stacks/musashi.json"), "pulumi state");
    mkdirSync(join(home!, ".cache"));
    writeFileSync(join(home!, ".cache/large"), "cache");
    writeFileSync(join(home!, "movie.iso"), "ignored");
    writeFileSync(join(home!, ".resticignore"), "*.iso\n");
    fillPostgres(world.postgres, rows);
    databases = databaseState(world.postgres);
  });
  after(() => world.end());

  for (const job of jobNames) {
    it(`${job} succeeds`, async () => {
      const run = await node.run(job);
      runs.set(job, run);
      assert.equal(run.status, 0, run.output);
    });
  }

  it("a second run adds nothing, and asks the bucket as often as the estimate says", async () => {
    world.proxy.requests.length = 0;
    const { status, output } = await node.run("restic-k8s-backup");
    assert.equal(status, 0, output);
    assert.match(output, /: 0 new and 0 changed files, /);
    // The listings are counted apart.
    const listings = world.proxy.requests.filter(
      (line) => line === "GET /homelab-backups?list-type=2",
    ).length;
    assert.equal(listings, 1);
    const asked = world.proxy.requests.length - listings;
    assert.ok(
      asked <= resticRequestsPerRun && asked >= resticRequestsPerRun / 2,
      `${asked} requests:\n${world.proxy.requests.join("\n")}`,
    );
  });

  it("keeps every snapshot of the last two days, so that an empty disk pushes out none", async () => {
    const listed = await node.restic("restic-k8s", ["snapshots", "--json"]);
    assert.equal((JSON.parse(listed) as unknown[]).length, 2);
  });

  it("pushes the metrics that alerts and dashboard read", async () => {
    const metrics = await pushed(world.pushgateway);
    const now = Date.now() / 1000;
    for (const job of ["restic_k8s_data", "restic_host", "pg_dump"]) {
      assert.equal(metrics[`backup_success{job="${job}"}`], 1, job);
      assert.ok(Math.abs(metrics[`backup_timestamp{job="${job}"}`]! - now) < 1800, job);
      assert.ok(metrics[`backup_duration_seconds{job="${job}"}`]! >= 0, job);
      assert.ok(metrics[`backup_files_new{job="${job}"}`]! >= 0, job);
      assert.ok(metrics[`backup_files_changed{job="${job}"}`]! >= 0, job);
    }
    const dump = readFileSync(node.path(`${nodeFolders.dump}/dump.sql`));
    assert.equal(metrics['pg_dump_success{job="pg_dump"}'], 1);
    assert.equal(metrics['pg_dump_size_bytes{job="pg_dump"}'], dump.length);
    assert.ok(metrics['pg_dump_duration_seconds{job="pg_dump"}']! >= 0);
    assert.equal(metrics['restore_drill_success{job="restore_drill"}'], 1);
    for (const prefix of ["restic-k8s", "restic-host", "pg-dump"]) {
      const verified =
        metrics[`backup_last_verified_restore_timestamp{job="restore_drill",prefix="${prefix}"}`];
      assert.ok(Math.abs(verified! - now) < 1800, prefix);
      assert.ok(metrics[`oci_bucket_size_bytes{job="oci_bucket",prefix="${prefix}"}`]! > 1000, prefix);
      assert.ok(metrics[`oci_bucket_object_count{job="oci_bucket",prefix="${prefix}"}`]! > 4, prefix);
    }
    assert.equal(metrics['oci_bucket_size_bytes{job="oci_bucket",prefix="velero"}'], 0);
    assert.equal(metrics['oci_bucket_limit_bytes{job="oci_bucket"}'], 21474836480);
    const requests = metrics['oci_bucket_requests_per_month{job="oci_bucket"}']!;
    assert.ok(requests > 1460 && requests < 50_000, String(requests));
    assert.equal(metrics['oci_bucket_requests_per_month_limit{job="oci_bucket"}'], 50_000);
  });

  it("shows no credential in an argument, an environment, a log or a unit", () => {
    const { PATH } = process.env;
    const seen = [...runs.values()].flatMap((run) => [...run.commandLines, run.output]);
    const units = readdirSync(node.path("/etc/systemd/system"), { recursive: true, encoding: "utf8" })
      .filter((file) => /\.(service|timer|conf)$/.test(file))
      .map((file) => node.read(`/etc/systemd/system/${file}`));
    assert.ok(units.length >= 11);
    // What must be seen, or the search would prove nothing.
    for (const control of [
      "restic backup",
      "restic restore",
      "pg_dumpall",
      "curl --disable",
      `PATH=${PATH}`,
      "RESTIC_PASSWORD_FILE=",
    ])
      assert.ok(
        seen.some((text) => text.includes(control)),
        `${control} was never seen`,
      );
    const holders = readdirSync(node.path(nodeFolders.config)).map((file) =>
      node.read(`${nodeFolders.config}/${file}`),
    );
    for (const [name, needle] of Object.entries(needles)) {
      assert.ok(
        holders.some((text) => text.includes(needle)),
        `no file holds ${name}`,
      );
      for (const text of [...seen, ...units])
        assert.ok(!text.includes(needle), `${name} in: ${text.slice(0, 300)}`);
    }
  });

  it("leaves nothing readable in the bucket, and of the drill nothing at all", () => {
    const all = readdirSync(world.bucket, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => readFileSync(join(entry.parentPath, entry.name)));
    assert.ok(all.length > 10);
    for (const needle of [
      ...Object.values(needles),
      "needle-role-password",
      "needle-of-a-volume",
      "needle-of-the-host",
      "CREATE TABLE",
      "pulumi state",
      "CREATE ROLE",
    ])
      assert.ok(!all.some((content) => content.includes(needle)), needle);
    // The control: it is there before it is encrypted.
    assert.ok(node.read(`${nodeFolders.dump}/dump.sql`).includes("CREATE TABLE"));
    assert.deepEqual(readdirSync(node.path("/tmp")), []);
  });

  it("brings everything back from the bucket alone", async () => {
    const { volumes: oldVolumes, host: oldHost } = node;
    rmSync(node.root, { recursive: true });
    const postgresFolder = join(world.folder, "restored-postgres");
    const fresh = world.node("second");
    const target = join(world.folder, "restored");

    await fresh.restic("restic-k8s", ["restore", "latest", "--quiet", "--target", target]);
    assert.deepEqual(hashes(join(target, oldVolumes)), volumes);

    await fresh.restic("restic-host", ["restore", "latest", "--quiet", "--target", target]);
    const restoredHost = hashes(join(target, oldHost[0]!));
    assert.equal(typeof restoredHost[".resticignore"], "string");
    delete restoredHost[".resticignore"];
    // Neither the Pulumi state nor what is ignored.
    assert.deepEqual(restoredHost, host);

    await fresh.restic("pg-dump", ["restore", "latest", "--quiet", "--target", target]);
    const dump = readFileSync(join(target, node.path(nodeFolders.dump), "dump.sql"), "utf8");
    const server = startPostgres(postgresFolder);
    try {
      // As the cluster's own superuser, who is in the dump as well.
      server.query("postgres", dump.replace(/^CREATE ROLE postgres;$/m, ""));
      assert.deepEqual(databaseState(server), databases);
    } finally {
      server.stop();
    }
  });
});
