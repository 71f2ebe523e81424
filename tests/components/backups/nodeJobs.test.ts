import assert from "node:assert/strict";
import {
  NodeJobs,
  nodeJobPrograms,
  nodeJobSettings,
  type KnownStorage,
  type NodeJobsArgs,
} from "../../../components/backups/nodeJobs.js";
import {
  environment,
  pgpass,
  seconds,
  veleroRequestsPerMonth,
} from "../../../components/backups/node/environment.js";
import { jobs, serviceUnit, timerUnit } from "../../../components/backups/node/units.js";
import type { NodeFile } from "../../../components/control-plane/nodeFile.js";
import { capture, isSecret, valueOf } from "../../kit/capture.js";

const args: NodeJobsArgs = {
  node: "node-1",
  bucket: "homelab-backups",
  s3Endpoint: "https://ns.compat.objectstorage.sa-saopaulo-1.oraclecloud.com",
  region: "sa-saopaulo-1",
  accessKey: "writer",
  secretKey: "needle-writer",
  statisticsAccessKey: "lister",
  statisticsSecretKey: "needle-lister",
  prefixes: ["velero", "restic-k8s", "restic-host", "pg-dump"],
  limitBytes: 20 * 2 ** 30,
  refuseAbovePercent: 95,
  timeoutMinutes: 240,
  keep: { daily: 7, weekly: 4, monthly: 6 },
  pushgateway: { service: "monitoring/prometheus-pushgateway" },
  times: {
    volumes: { time: "03:20" },
    host: { time: "03:40" },
    statistics: { time: "04:30" },
    restoreDrill: { weekday: "Sun", time: "05:00" },
  },
  volumes: { paths: ["/opt/local-path-provisioner"], excludes: [] },
  host: { paths: ["/home/operator", "/etc"], excludes: ["*.iso"], password: "needle-host" },
  postgres: {
    source: { namespace: "postgres", selector: "role=primary", container: "postgres" },
    time: { time: "03:00" },
    tools: "/usr/bin",
    drillUser: "postgres",
  },
  checkWeeks: 4,
  velero: { namespace: "velero" },
  veleroIntervals: ["1h", "1h"],
};
const known: KnownStorage = {
  bucket: "homelab-backups",
  s3Endpoint: "https://s3.example.com",
  accessKey: "writer",
  secretKey: "needle-writer",
  statisticsAccessKey: "lister",
  statisticsSecretKey: "needle-lister",
  repositories: { "restic-k8s": "needle-k8s", "restic-host": "needle-host", "pg-dump": "needle-dump" },
};
const filesOf = (changes: Partial<NodeJobsArgs> = {}, storage: Partial<KnownStorage> = {}) =>
  new Map(
    [
      ...nodeJobPrograms({ ...args, ...changes }),
      ...nodeJobSettings({ ...args, ...changes }, { ...known, ...storage }),
    ].map((file) => [file.path, file]),
  );
const text = (files: Map<string, NodeFile>, path: string) => {
  const file = files.get(path);
  assert.ok(file, `${path} is not among ${[...files.keys()].join(", ")}`);
  return file.content as string;
};

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
    const timers = Object.values(jobs).map(({ unit }) => `${unit}.timer`);
    for (const { unit } of Object.values(jobs)) {
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

describe("the units of the jobs", () => {
  it("run each job after those that were started with it, behind everything else on the node", () => {
    const files = filesOf();
    const after = (unit: string) =>
      /^After=(.*)$/m.exec(text(files, `/etc/systemd/system/${unit}.service`))?.[1];
    assert.equal(after("pg-dump"), "network-online.target");
    assert.equal(
      after("oci-bucket-stats"),
      "network-online.target pg-dump.service restic-k8s-backup.service restic-host-backup.service",
    );
    for (const job of Object.values(jobs)) {
      const unit = serviceUnit(job, [], 240);
      for (const line of ["Nice=10", "IOSchedulingClass=idle", "Type=oneshot", "NoNewPrivileges=yes"])
        assert.ok(unit.includes(`\n${line}\n`), `${job.unit} lacks ${line}`);
      assert.ok(unit.includes(`ExecStopPost=/usr/local/libexec/backups/job-ended.sh ${job.metrics}\n`));
    }
  });

  it("make up for a missed run", () => {
    assert.match(
      timerUnit(jobs.volumes, { time: "03:20" }),
      /\[Timer\]\nOnCalendar=\*-\*-\* 03:20:00 UTC\nPersistent=true\n$/,
    );
    assert.match(
      timerUnit(jobs.restoreDrill, { weekday: "Sun", time: "05:00" }),
      /^OnCalendar=Sun \*-\*-\* 05:00:00 UTC$/m,
    );
  });
});

describe("environment files", () => {
  it("quote what a shell would take apart, and refuse what would end the quotes", () => {
    assert.equal(environment({ A: "x $(y) z", B: 1 }), "A='x $(y) z'\nB='1'\n");
    assert.throws(() => environment({ A: "o'brien" }), { message: "A has an apostrophe: o'brien" });
  });

  it("escape a password for libpq", () => {
    assert.equal(pgpass({ host: "::1", port: 5432, user: "u" }, "a:b\\c"), "\\:\\:1:5432:*:u:a\\:b\\\\c\n");
  });

  it("count Velero's looks at the bucket", () => {
    assert.equal(seconds("1h30m5s"), 5405);
    assert.equal(veleroRequestsPerMonth("1h", "1m"), 730 + 43_800);
  });
});
