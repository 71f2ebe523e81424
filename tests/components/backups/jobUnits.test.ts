import assert from "node:assert/strict";
import {
  environment,
  pgpass,
  seconds,
  veleroRequestsPerMonth,
} from "../../../components/backups/node/environment.js";
import { jobUnits, serviceUnit, timerUnit } from "../../../components/backups/node/units.js";
import { filesOf, text } from "./jobFiles.js";

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
    for (const job of Object.values(jobUnits)) {
      const unit = serviceUnit(job, [], 240);
      for (const line of ["Nice=10", "IOSchedulingClass=idle", "Type=oneshot", "NoNewPrivileges=yes"])
        assert.ok(unit.includes(`\n${line}\n`), `${job.unit} lacks ${line}`);
      assert.ok(unit.includes(`ExecStopPost=/usr/local/libexec/backups/job-ended.sh ${job.metrics}\n`));
    }
  });

  it("lets the drill alone make namespaces, for the sandbox that a dump is loaded in, no users among them, and end it", () => {
    for (const job of Object.values(jobUnits)) {
      const unit = serviceUnit(job, [], 240);
      const drill = job === jobUnits.restoreDrill;
      assert.match(unit, drill ? /^RestrictNamespaces=mnt net pid ipc$/m : /^RestrictNamespaces=yes$/m);
      for (const capability of ["CAP_SYS_ADMIN", "CAP_KILL"])
        assert.equal(
          new RegExp(`^CapabilityBoundingSet=.*\\b${capability}\\b`, "m").test(unit),
          drill,
          job.unit,
        );
    }
  });

  it("make up for a missed run", () => {
    assert.match(
      timerUnit(jobUnits.volumes, { time: "03:20" }),
      /\[Timer\]\nOnCalendar=\*-\*-\* 03:20:00 UTC\nPersistent=true\n$/,
    );
    assert.match(
      timerUnit(jobUnits.restoreDrill, { weekday: "Sun", time: "05:00" }),
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
