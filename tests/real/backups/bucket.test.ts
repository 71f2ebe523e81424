import assert from "node:assert/strict";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { nodeFolders, resticRequestsPerRun } from "../../../components/backups/node/environment.js";
import { fill, fillPostgres } from "./samples.js";
import { postgresTools, pushed } from "./servers.js";
import { startWorld, type World } from "./world.js";

describe("backups: the bucket's statistics", () => {
  let world: World;
  before(async () => void (world = await startWorld()));
  after(() => world.end());

  it("are exact over several pages and for any name, with a key that may only list", async () => {
    const node = world.node("node");
    const odd = ["a&b", "<tag>", "sp ace", "ümläut", "per%20cent", "plus+", "quote'"];
    const sizes: Record<string, [count: number, bytes: number]> = { velero: [0, 0], "pg-dump": [0, 0] };
    for (let index = 0; index < 2500; index++) {
      const prefix = index % 5 === 0 ? "pg-dump" : "velero";
      const folder = join(world.bucket, prefix, `backups-${index % 3}`);
      mkdirSync(folder, { recursive: true });
      const content = "x".repeat(index % 17);
      writeFileSync(join(folder, `${odd[index % odd.length]}-${index}`), content);
      sizes[prefix] = [sizes[prefix]![0] + 1, sizes[prefix]![1] + content.length];
    }
    world.proxy.requests.length = 0;
    const { status, output } = await node.run("oci-bucket-stats");
    assert.equal(status, 0, output);
    assert.ok(world.proxy.requests.length >= 3, `one page of ${world.proxy.requests.length}`);
    assert.match(output, /^\d+ bytes in 2500 objects, about \d+ of 50000 requests a month$/m);

    const metrics = await pushed(world.pushgateway);
    const of = (name: string, prefix: string) => metrics[`${name}{job="oci_bucket",prefix="${prefix}"}`];
    for (const [prefix, [count, bytes]] of Object.entries(sizes)) {
      assert.equal(of("oci_bucket_object_count", prefix), count, prefix);
      assert.equal(of("oci_bucket_size_bytes", prefix), bytes, prefix);
    }
    assert.equal(of("oci_bucket_object_count", "restic-host"), 0);
    // 2,500 were written within 30 days; three jobs of restic a day; Velero looks twice an hour.
    const pages = world.proxy.requests.length;
    assert.equal(
      metrics['oci_bucket_requests_per_month{job="oci_bucket"}'],
      2500 + 2 * 730 + 30 * (3 * (resticRequestsPerRun + pages) + pages),
    );
  });

  it("fail, and keep the last figures, when the bucket cannot be listed", async () => {
    const node = world.node("wrong");
    node.write("statistics.credentials", "[default]\naws_access_key_id=gone\naws_secret_access_key=gone\n");
    const before = await pushed(world.pushgateway);
    const { status, output } = await node.run("oci-bucket-stats");
    assert.equal(status, 1);
    assert.match(output, /refuses to list homelab-backups with the key in \S+statistics\.credentials: 403/);
    const name = 'oci_bucket_size_bytes{job="oci_bucket",prefix="velero"}';
    assert.equal((await pushed(world.pushgateway))[name], before[name]);
  });
});

describe("backups: through the cluster", () => {
  let world: World;
  before(async () => void (world = await startWorld()));
  after(() => world.end());

  it("dump PostgreSQL in its pod, and find the Pushgateway's Service", async () => {
    fillPostgres(world.postgres, 100);
    const { socket, superuser } = world.postgres;
    const base = world.node("args").args();
    const node = world.node("node", {
      overrides: {
        pushgateway: { service: "monitoring/prometheus-pushgateway" },
        postgres: {
          ...base.postgres!,
          source: {
            namespace: "postgres",
            selector: "cnpg.io/cluster=postgres-cluster",
            container: "postgres",
          },
        },
      },
    });
    fill(node.volumes, 1, 100);
    // A kubectl that answers what the cluster would, and runs in its pod what is to run there.
    const tools = node.path("/tools");
    mkdirSync(tools);
    writeFileSync(
      join(tools, "kubectl"),
      `#!/bin/sh
echo "$KUBECONFIG: $*" >>${node.path("/kubectl.log")}
case "$*" in
"get service --namespace monitoring prometheus-pushgateway --output jsonpath={.spec.clusterIP}:{.spec.ports[0].port}")
  printf %s "${world.pushgateway.url.replace("http://", "")}" ;;
"get pods --namespace postgres --selector cnpg.io/cluster=postgres-cluster --output jsonpath={.items[0].metadata.name}")
  printf postgres-cluster-1 ;;
"exec --namespace postgres postgres-cluster-1 --container postgres -- pg_"*)
  shift 7; PATH="${postgresTools()}:$PATH" PGHOST="${socket}" PGUSER="${superuser}" exec "$@" ;;
*) echo "unexpected: $*" >&2; exit 1 ;;
esac
`,
    );
    chmodSync(join(tools, "kubectl"), 0o755);
    const { status, output } = await node.run("pg-dump", [], { PATH: `${tools}:${process.env["PATH"]}` });
    assert.equal(status, 0, output);
    assert.match(node.read(`${nodeFolders.dump}/dump.records`), /^shop public\.orders .*: 100 rows/m);
    assert.equal((await pushed(world.pushgateway))['backup_success{job="pg_dump"}'], 1);
    assert.match(node.read("/kubectl.log"), /^\/etc\/kubernetes\/admin\.conf: get pods/m);
  });

  it("go on without a Pushgateway, and say that it did not take the result", async () => {
    const node = world.node("alone", { overrides: { pushgateway: { url: "http://127.0.0.1:1" } } });
    fill(node.volumes, 1, 100);
    const { status, output } = await node.run("restic-k8s-backup");
    assert.equal(status, 0, output);
    assert.match(output, /The Pushgateway at http:\/\/127\.0\.0\.1:1 did not take the result/);
  });
});
