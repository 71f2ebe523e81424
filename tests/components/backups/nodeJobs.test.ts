import assert from "node:assert/strict";
import {
  NodeJobs,
  nodeJobPrograms,
  nodeJobSettings,
  type NodeJobsArgs,
} from "../../../components/backups/nodeJobs.js";
import { jobUnits } from "../../../components/backups/node/units.js";
import { capture, isSecret, valueOf } from "../../kit/capture.js";
import { args, known, filesOf, text } from "./jobFiles.js";

describe("NodeJobs", () => {
  const run = async (preview: boolean) => {
    let made: NodeJobs | undefined;
    const captured = await capture(() => (made = new NodeJobs("jobs", args)), {
      preview,
      outputs: (type) => (type.endsWith(":RandomPassword") ? { result: "needle-generated" } : {}),
    });
    return { captured, programs: made!.publicFiles, settings: made!.secretFiles };
  };

  it("generates the passwords that are not given, protected, and gives out secret files of its node", async () => {
    const { captured, programs, settings } = await run(false);
    assert.deepEqual(
      captured.resources.filter(({ custom }) => custom).map(({ name, protect }) => [name, protect]),
      [
        ["jobs-restic-k8s-repository-password", true],
        ["jobs-pg-dump-repository-password", true],
      ],
    );
    assert.deepEqual([await isSecret(programs), await isSecret(settings)], [false, true]);
    const list = [...(await valueOf(programs)), ...(await valueOf(settings))];
    assert.deepEqual([...new Set(list.map(({ node }) => node))], ["node-1"]);
    const password = (prefix: string) =>
      list.find(({ path }) => path === `/etc/backups/${prefix}.password`)?.content;
    assert.equal(password("restic-k8s"), "needle-generated\n");
    assert.equal(password("restic-host"), "needle-host\n");
  });

  it("registers the same resources with known and unknown values", async () => {
    assert.deepEqual((await run(true)).captured.shape(), (await run(false)).captured.shape());
  });
});

describe("the files of the jobs", () => {
  const files = filesOf();

  it("are scripts, units and owner-only settings", () => {
    const modes: [RegExp, string][] = [
      [/^\/usr\/local\/libexec\/backups\/[a-z0-9-]+\.sh$/, "0755"],
      [/^\/usr\/local\/libexec\/backups\/lib\/[a-z0-9]+\.sh$/, "0644"],
      [/^\/etc\/systemd\/system\/[a-z0-9-]+\.(service|timer)$/, "0644"],
      [/^\/etc\/systemd\/system\/timers\.target\.d\/backups\.conf$/, "0644"],
      [/^\/etc\/backups\/[a-z-]+/, "0600"],
    ];
    for (const { path, mode } of files.values()) {
      assert.equal(mode, modes.find(([pattern]) => pattern.test(path))?.[1], path);
    }
  });

  it("have one script, service and timer for each job, and the timers run by themselves", () => {
    const timers = Object.values(jobUnits).map(({ unit }) => `${unit}.timer`);
    for (const { unit } of Object.values(jobUnits)) {
      text(files, `/usr/local/libexec/backups/${unit}.sh`);
      text(files, `/etc/systemd/system/${unit}.service`);
      text(files, `/etc/systemd/system/${unit}.timer`);
    }
    assert.equal(
      text(files, "/etc/systemd/system/timers.target.d/backups.conf"),
      `[Unit]\n${timers.map((timer) => `Wants=${timer}\n`).join("")}`,
    );
  });

  it("hold each credential in a file of its own and nowhere else", () => {
    const holders = (needle: string) =>
      [...files.values()].filter(({ content }) => content.includes(needle)).map(({ path }) => path);
    assert.deepEqual(holders("needle-writer"), ["/etc/backups/node-jobs.credentials"]);
    assert.deepEqual(holders("needle-lister"), ["/etc/backups/statistics.credentials"]);
    for (const prefix of ["k8s", "host"])
      assert.deepEqual(holders(`needle-${prefix}`), [`/etc/backups/restic-${prefix}.password`]);
    assert.deepEqual(holders("needle-dump"), ["/etc/backups/pg-dump.password"]);
  });

  it("name the bucket, the prefix and where the credentials are", () => {
    assert.equal(
      text(files, "/etc/backups/restic-host.env"),
      `REPOSITORY_PREFIX='restic-host'
RESTIC_REPOSITORY='s3:https://s3.example.com/homelab-backups/restic-host'
RESTIC_PASSWORD_FILE='/etc/backups/restic-host.password'
AWS_SHARED_CREDENTIALS_FILE='/etc/backups/node-jobs.credentials'
BACKUP_PATHS='/home/operator
/etc'
SAMPLE_FILES='200'
SAMPLE_FILE_BYTES='16777216'
`,
    );
  });

  it("leave out the Pulumi state and their own credentials, whatever else is left out", () => {
    assert.equal(text(files, "/etc/backups/restic-host.exclude"), ".pulumi\n/etc/backups\n*.iso\n");
    assert.equal(text(files, "/etc/backups/restic-k8s.exclude"), ".pulumi\n/etc/backups\n");
  });

  it("reach PostgreSQL in its pod without a password", () => {
    assert.match(
      text(files, "/etc/backups/pg-dump.env"),
      /POSTGRES_NAMESPACE='postgres'\nPOSTGRES_POD_SELECTOR='role=primary'\nPOSTGRES_CONTAINER='postgres'\n$/,
    );
    assert.equal(files.has("/etc/backups/pgpass"), false);
  });

  it("reach a PostgreSQL of its own with a password file", () => {
    const source = { host: "db.example.com", port: 5433, user: "postgres" };
    const own = filesOf({ postgres: { ...args.postgres!, source } }, { userPassword: "needle:user\\1" });
    assert.match(
      text(own, "/etc/backups/pg-dump.env"),
      /PGHOST='db.example.com'\nPGPORT='5433'\nPGUSER='postgres'\nPGPASSFILE='\/etc\/backups\/pgpass'\n$/,
    );
    assert.equal(text(own, "/etc/backups/pgpass"), "db.example.com:5433:*:postgres:needle\\:user\\\\1\n");
    assert.equal(own.get("/etc/backups/pgpass")!.mode, "0600");
  });

  it("are without PostgreSQL where there is none", () => {
    const without = { ...args, postgres: undefined, velero: undefined };
    const list = [...nodeJobPrograms(without), ...nodeJobSettings(without, { ...known, repositories: {} })];
    assert.deepEqual(
      list.filter(({ path }) => /pg-dump\.(env|service|timer)/.test(path)),
      [],
    );
    const drill = list.find(({ path }) => path === "/etc/backups/restore-drill.env")!.content;
    assert.equal(drill, "DRILL_PREFIXES='restic-k8s restic-host'\nCHECK_WEEKS='4'\n");
    assert.ok(!list.some(({ path }) => path === "/etc/backups/velero.env"));
  });

  it("name the namespaces that the drill restores with Velero", () => {
    assert.match(text(files, "/etc/backups/restore-drill.env"), /^DRILL_PREFIXES='.* pg-dump velero'$/m);
    assert.equal(
      text(files, "/etc/backups/velero.env"),
      `VELERO_NAMESPACE='velero'
VELERO_SCHEDULE='restore-drill'
VELERO_MAX_AGE_HOURS='48'
VELERO_WAIT_SECONDS='1800'
DRILL_NAMESPACE='restore-drill'
RESTORED_NAMESPACE='restore-drill-restored'
`,
    );
  });

  it("push to an address that is set, to the Service otherwise, to nothing without monitoring", () => {
    const common = (pushgateway: NodeJobsArgs["pushgateway"]) =>
      /^PUSHGATEWAY.*$/m.exec(text(filesOf({ pushgateway }), "/etc/backups/common.env"))?.[0];
    assert.equal(common({ url: "http://10.0.0.1:9091" }), "PUSHGATEWAY_URL='http://10.0.0.1:9091'");
    assert.equal(common(args.pushgateway), "PUSHGATEWAY_SERVICE='monitoring/prometheus-pushgateway'");
    assert.equal(common(undefined), undefined);
  });
});
