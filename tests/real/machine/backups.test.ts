import assert from "node:assert/strict";
import { jobUnits } from "../../../components/backups/node/units.js";
import { sampleName } from "../../../components/backups/restoreSampleNames.js";
import { scheduleSpec } from "../../../components/backups/velero.js";
import { storageLocation } from "../../../components/backups/veleroValues.js";
import { veleroSchedules } from "../../../stacks/settings/derived/drill.js";
import { fetchCharts } from "../../../cli/kit/charts.js";
import { silent } from "../../../cli/kit/progress.js";
import { until } from "../../../cli/kit/until.js";
import { Lab } from "../../../cli/lab/lab.js";
import { chartsWithVelero } from "../../../cli/lab/node/velero/chart.js";
import { Phases } from "../../../cli/lab/phases.js";
import { changed } from "../../../cli/lab/program.js";
import { concerns } from "../../../cli/verify/claims/index.js";
import { openTarget } from "../../../cli/verify/cluster/target.js";
import { verify } from "../../../cli/verify/run.js";
import { app, appName, fill, images, inspect, postgres, pushgateway } from "./backups/manifests.js";
import { NodeOfLab } from "./backups/node.js";
import { demandNode } from "./world.js";

const print = (line: string) => console.log(`      ${line}`);

describe("backups of a real node", () => {
  const phases = new Phases(silent, print);
  let lab: Lab;
  let node: NodeOfLab;

  before(async function () {
    demandNode(this);
    const fetched = await fetchCharts(silent);
    const fetchedCharts = await chartsWithVelero(fetched, silent);
    lab = await Lab.start(
      {
        ...{ name: "machine-backups", stack: "lab", cluster: "node", keep: false, progress: silent },
        ...{ fetchedCharts, crds: fetched.crds },
      },
      phases,
    );
    node = new NodeOfLab(lab);
    await phases.run("pulumi up", () => lab.up(), changed);
    await lab.cluster.bringImages!(Object.values(images));
    await node.apply([...pushgateway(lab.settings), ...postgres(lab.settings), ...app("n8n")]);
    const { namespace } = lab.settings.monitoring;
    await node.kubectl("rollout", "status", "deployment/prometheus-pushgateway", "--namespace", namespace);
  });
  after(() => lab?.stop({ removeFiles: true }));

  const schedule = (name: string) => veleroSchedules(lab.settings).find((one) => one.name === name)!;
  /** A Backup as the Schedule makes it. */
  const backUp = (of: string, name = `${of}-now`) =>
    node.velero("Backup", name, scheduleSpec(schedule(of)).template, { "velero.io/schedule-name": of });
  const json = async (...args: string[]): Promise<any> =>
    JSON.parse(await node.kubectl("get", "--output=json", ...args));

  it("reach the bucket, and look at the schedules of the stack", async () => {
    await until(
      async () => {
        const kind = "backupstoragelocations.velero.io";
        const { status } = await json(kind, storageLocation, "--namespace", "velero");
        return status?.phase === "Available";
      },
      async () => node.kubectl("logs", "--namespace", "velero", "--selector=name=velero", "--tail=20"),
      { seconds: 120, pause: 1000 },
    );
    await until(async () => {
      const { items } = await json("schedules.velero.io", "--namespace", "velero");
      return items.length > 0 && items.every(({ status }: any) => status?.phase === "Enabled");
    }, "a Schedule is not enabled");
  });

  it("bring back a namespace with a volume: every file, owner and mode", async () => {
    const inApp = (script: string) =>
      node.kubectl("exec", "--namespace", "n8n", `deployment/${appName}`, "--", "sh", "-euc", script);
    await node.kubectl("rollout", "status", `deployment/${appName}`, "--namespace", "n8n");
    await inApp(fill);
    const before = await inApp(inspect);
    assert.equal(before.match(/^[0-9a-f]{64} /gm)!.length, 8);

    const { phase, progress } = await backUp("n8n-daily");
    assert.equal(phase, "Completed");
    assert.ok(progress.itemsBackedUp > 0);
    const copies = await json("podvolumebackups.velero.io", "--namespace", "velero");
    const [copy] = copies.items.filter(({ spec }: any) => spec.pod.namespace === "n8n");
    assert.deepEqual([copy.spec.uploaderType, copy.status.phase], ["kopia", "Completed"]);
    print(`${copy.status.progress.bytesDone} bytes by Kopia`);

    await inApp("rm -r /data/*");
    await node.kubectl("delete", "deployment,persistentvolumeclaim", appName, "--namespace", "n8n");
    const restored = await node.velero("Restore", "n8n", { backupName: "n8n-daily-now" });
    assert.equal(restored["phase"], "Completed");
    await node.kubectl("rollout", "status", `deployment/${appName}`, "--namespace", "n8n", "--timeout=120s");
    assert.equal(await inApp(inspect), before);
    // The volume is another one now.
    assert.equal((await backUp("n8n-daily", "n8n-daily-again"))["phase"], "Completed");
  });

  it("lie in a repository that Velero maintains", async () => {
    const kind = "backuprepositories.velero.io";
    const [{ metadata }] = (await json(kind, "--namespace", "velero")).items;
    const patch = JSON.stringify({ spec: { maintenanceFrequency: "1s" } });
    const of = [kind, metadata.name, "--namespace", "velero"];
    await node.kubectl("patch", ...of, "--type=merge", `--patch=${patch}`);
    const result = await until(
      async () => (await json(...of)).status.recentMaintenance?.at(-1)?.result as string | undefined,
      "no maintenance has ended",
      { seconds: 180, pause: 1000 },
    );
    assert.equal(result, "Succeeded");
    const back = JSON.stringify({ spec: { maintenanceFrequency: "24h" } });
    await node.kubectl("patch", ...of, "--type=merge", `--patch=${back}`);
  });

  it("are made and restored by the node's own units, in their sandboxes", async () => {
    const said = await node.layFiles();
    assert.match(said, /^applied: \d+ files$/);
    const timers = Object.values(jobUnits).map(({ unit }) => `${unit}.timer`);
    await node.sh(`systemctl start timers.target; systemctl is-active ${timers.join(" ")}`);

    await node.sh(`mkdir -p /opt/local-path-provisioner/one /home/ifurlan
head -c 300000 /dev/urandom >/opt/local-path-provisioner/one/data; echo notes >/home/ifurlan/notes`);
    await node.kubectl("wait", "--for=condition=Ready", "pod/postgres", "--namespace", "postgres");
    const sql = `CREATE ROLE app PASSWORD 'of-the-app'; CREATE DATABASE app OWNER app; \\connect app
CREATE TABLE facts AS SELECT n, md5(n::text) AS text FROM generate_series(1, 5000) n;`;
    const psql = ["psql", "--quiet", "--set=ON_ERROR_STOP=1"];
    await node.run(["kubectl", "exec", "--stdin", "--namespace", "postgres", "postgres", "--", ...psql], sql);

    assert.match(await node.job(jobUnits.postgres.unit), /^snapshot [0-9a-f]+: 2 new /m);
    assert.match(await node.job(jobUnits.volumes.unit), /^snapshot [0-9a-f]+: 1 new /m);
    assert.match(await node.job(jobUnits.host.unit), /^snapshot [0-9a-f]+: \d+ new /m);
    assert.match(
      await node.job(jobUnits.statistics.unit),
      /bytes in \d+ objects, about \d+ of 50000 requests a month/,
    );

    assert.equal((await backUp(sampleName))["phase"], "Completed");
    const drill = await node.job(jobUnits.restoreDrill.unit);
    assert.match(drill, /^\d+ files restored, all as they were$/m);
    assert.match(drill, /^1 tables of PostgreSQL 15 restored, all as they were$/m);
    assert.match(drill, /: \d+ objects and 18 files restored, all as they were$/m);
  });

  it("are what verify says of them", async () => {
    const { kubeconfig, nodeRoot, etcdEndpoint } = lab.cluster;
    const recorded = (await lab.recorded()).map(({ chart }) => chart);
    const target = await openTarget({
      ...{ settings: lab.settings, kubeconfig, nodeRoot, etcdEndpoint },
      recorded: recorded as never,
    });
    const outcomes = await verify(
      target,
      concerns.filter(({ concern }) => /Data loss|Backup failures/.test(concern)),
    );
    for (const { status, claim, evidence } of outcomes) print(`${status}: ${claim}: ${evidence}`);
    // What asks Prometheus or Alertmanager, and the Schedules that have not had their time.
    const unproved = outcomes.filter(
      ({ status, claim }) => status !== "proved" && !/alert|dashboard|last complete backup/i.test(claim),
    );
    assert.deepEqual(unproved, []);
    assert.ok(outcomes.every(({ status }) => status !== "failed"));
  });
});
