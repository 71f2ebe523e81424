import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { nodeFolders } from "../../../components/backups/node/environment.js";
import type { Run, TestNode } from "./node.js";
import { fill, fillPostgres } from "./samples.js";
import { pushed } from "./servers.js";
import { startWorld, type World } from "./world.js";

/** Jobs that make backups, and the name by which each reports. */
const metricsOf = {
  "restic-k8s-backup": "restic_k8s_data",
  "restic-host-backup": "restic_host",
  "pg-dump": "pg_dump",
} as const;
type Job = keyof typeof metricsOf;

/** A world in which things go wrong: each test begins with a node as it was delivered, and the repositories of the one before it. */
export class FaultyWorld {
  world!: World;
  node!: TestNode;
  private count = 0;

  /** For the tests of the suite that this is called in. */
  static ofSuite(): FaultyWorld {
    const at = new FaultyWorld();
    before(async () => {
      at.world = await startWorld();
      fillPostgres(at.world.postgres, 2000);
      at.fresh();
      for (const job of ["restic-k8s-backup", "restic-host-backup", "pg-dump"])
        at.succeeded(await at.node.run(job));
      assert.equal(await at.metric('backup_success{job="restic_k8s_data"}'), 1);
    });
    after(() => at.world.end());
    beforeEach(() => at.fresh());
    afterEach(() => {
      at.world.proxy.clockOff = 0;
    });
    return at;
  }

  private fresh(): void {
    const before = this.node as TestNode | undefined;
    this.node = this.world.node(`node-${this.count++}`);
    fill(this.node.volumes, 40, 400_000);
    fill(this.node.host[0]!, 10, 10_000);
    writeFileSync(join(this.node.host[1]!, "hosts"), "127.0.0.1 localhost\n");
    if (before) {
      for (const file of readdirSync(before.path(nodeFolders.state))) {
        writeFileSync(
          this.node.path(`${nodeFolders.state}/${file}`),
          readFileSync(before.path(`${nodeFolders.state}/${file}`)),
        );
      }
    }
  }

  async metric(name: string): Promise<number | undefined> {
    return (await pushed(this.world.pushgateway))[name];
  }

  succeeded(run: Run): void {
    assert.equal(run.status, 0, run.output);
  }

  /**
   * A failure that says so, and reports 0 without touching the time of the last success.
   *
   * @param run Runs the job. Default: as it is.
   */
  async fails(job: Job, message: RegExp, run = () => this.node.run(job)): Promise<Run> {
    const metrics = metricsOf[job];
    const last = await this.metric(`backup_timestamp{job="${metrics}"}`);
    const result = await run();
    assert.notEqual(result.status, 0, `${job} succeeded:\n${result.output}`);
    assert.match(result.output, message);
    assert.equal(await this.metric(`backup_success{job="${metrics}"}`), 0);
    assert.equal(await this.metric(`backup_timestamp{job="${metrics}"}`), last);
    assert.deepEqual(readdirSync(this.node.path("/tmp")), [], "it leaves files behind");
    return result;
  }

  /** Changes what lies in the bucket behind the server's back. */
  async changeBucket(change: () => void): Promise<void> {
    await this.world.killS3();
    change();
    await this.world.restartS3();
  }

  /** Names of the locks in a repository. */
  locks(prefix: string): string[] {
    const folder = join(this.world.bucket, prefix, "locks");
    return existsSync(folder) ? readdirSync(folder) : [];
  }
}
