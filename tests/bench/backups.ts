import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { bucket, type TestNode } from "../real/backups/node.js";
import { fill, fillPostgres } from "../real/backups/samples.js";
import { postgresTools } from "../real/backups/servers.js";
import { startWorld, type World } from "../real/backups/world.js";

/**
 * The backup jobs next to the plain commands they are made of, on the same data into new repositories of the same
 * S3 server. Prints one line of JSON: seconds by what was measured.
 */
const files = 4000;
const bytes = 200_000_000;

const world = await startWorld();
try {
  console.log(JSON.stringify(await measure(world)));
} finally {
  await world.end();
}

async function measure(world: World): Promise<Record<string, number>> {
  // Without the proxy of the tests, which shares a processor with this process.
  const node = world.node("node", { s3: world.s3.url });
  fill(node.volumes, files, bytes);
  fillPostgres(world.postgres, 500_000);
  const { socket, superuser } = world.postgres;

  const seconds: Record<string, number> = {};
  await newRepository(world, node, "restic-k8s", "plain-volumes");
  seconds["restic backup"] = await timed(() =>
    node.restic("restic-k8s", ["backup", "--quiet", node.volumes]),
  );
  await newRepository(world, node, "restic-k8s", "job-volumes");
  seconds["restic-k8s-backup"] = await timed(() => succeeds(node, "restic-k8s-backup"));

  await newRepository(world, node, "pg-dump", "plain-dump");
  const dump = join(world.folder, "plain.sql");
  const dumpAll = node.path("/dump.sh");
  writeFileSync(
    dumpAll,
    `exec ${postgresTools()}/pg_dumpall --host '${socket}' --username '${superuser}' >'${dump}'\n`,
  );
  seconds["pg_dumpall, restic backup"] = await timed(async () => {
    await node.command(["sh", dumpAll]);
    await node.restic("pg-dump", ["backup", "--quiet", dump]);
  });
  await newRepository(world, node, "pg-dump", "job-dump");
  seconds["pg-dump"] = await timed(() => succeeds(node, "pg-dump"));
  return seconds;
}

/** Points a job at an empty repository, which exists already: what is measured is a run, not the first one. */
async function newRepository(world: World, node: TestNode, file: string, prefix: string): Promise<void> {
  node.set(file, { REPOSITORY_PREFIX: prefix, RESTIC_REPOSITORY: `s3:${world.s3.url}/${bucket}/${prefix}` });
  // The list of what is left out carries the prefix in its name.
  node.write(`${prefix}.exclude`, "");
  await node.restic(file, ["init", "--quiet", "--repository-version", "2"]);
}

async function succeeds(node: TestNode, job: string): Promise<void> {
  const { status, output } = await node.run(job);
  if (status !== 0) throw new Error(`${job} failed:\n${output}`);
}

async function timed(act: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await act();
  return (performance.now() - start) / 1000;
}
