import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fakeTarget, findingOf, type Answer } from "./fakeTarget.js";
import { addJob, jobReport, pushedBy, unitFolder } from "./pairs/nodeJobs.js";

describe("Data loss: jobs of the node", () => {
  let root: string;
  const folder = () => join(root, unitFolder);
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "node-"));
    mkdirSync(join(folder(), "timers.target.wants"), { recursive: true });
  });
  afterEach(() => rmSync(root, { recursive: true }));
  const add = (timer: string, enabled: boolean) => addJob(root, timer.replace(".timer", ""), enabled);
  const both = pushedBy(jobReport("restic_k8s_data"), jobReport("restic_host"));
  const find = (nodeRoot?: string, answers: Record<string, Answer> = both) =>
    findingOf("Data loss", "restic backs up", fakeTarget(answers, { nodeRoot }));

  it("are on the node", async () => {
    const finding = await find();
    assert.equal(finding.status, "unchecked");
    assert.match(
      finding.evidence,
      /^restic-k8s-backup\.timer and restic-host-backup\.timer are on the node; run this /,
    );
  });

  it("have not been laid on the node", async () => {
    const finding = await find(root);
    assert.equal(finding.status, "unchecked");
    assert.match(
      finding.evidence,
      /^no restic-k8s-backup\.timer or restic-host-backup\.timer in \/etc\/systemd\/system/,
    );
  });

  it("are there, and wanted by the drop-in of the node files", async () => {
    mkdirSync(join(folder(), "timers.target.d"));
    const dropIn = join(folder(), "timers.target.d/backups.conf");
    writeFileSync(dropIn, "[Unit]\nWants=restic-k8s-backup.timer\nWants=restic-host-backup.timer\n");
    add("restic-k8s-backup.timer", false);
    add("restic-host-backup.timer", false);
    assert.equal((await find(root)).status, "proved");
    writeFileSync(dropIn, "[Unit]\nWants=restic-k8s-backup.timer\n");
    assert.equal((await find(root)).evidence, "restic-host-backup.timer is not enabled");
  });

  it("are there, and enabled", async () => {
    add("restic-k8s-backup.timer", true);
    assert.deepEqual(await find(root), {
      status: "failed",
      evidence: "the node has no restic-host-backup.timer",
    });
    add("restic-host-backup.timer", false);
    assert.deepEqual(await find(root), {
      status: "failed",
      evidence: "restic-host-backup.timer is not enabled",
    });
    rmSync(join(folder(), "restic-host-backup.timer"));
    add("restic-host-backup.timer", true);
    assert.equal((await find(root)).status, "proved");
  });

  describe("are there", () => {
    beforeEach(() => {
      add("restic-k8s-backup.timer", true);
      add("restic-host-backup.timer", true);
    });
    const unit = (name: string) => join(folder(), name);

    it("and have never reported", async () => {
      assert.deepEqual(await find(root, pushedBy(jobReport("restic_host"))), {
        status: "failed",
        evidence: "restic_k8s_data has never reported",
      });
    });

    it("and fail", async () => {
      const answers = pushedBy(jobReport("restic_k8s_data"), jobReport("restic_host", 0));
      assert.deepEqual(await find(root, answers), {
        status: "failed",
        evidence: "the last run of restic_host failed",
      });
    });

    it("and nobody knows what came of them", async () => {
      const { status, evidence } = await find(root, {});
      assert.equal(status, "unchecked");
      assert.match(evidence, /systemctl show .* restic-k8s-backup restic-host-backup$/);
    });

    const broken: [what: string, break_: () => void, evidence: string][] = [
      [
        "an empty timer",
        () => writeFileSync(unit("restic-k8s-backup.timer"), ""),
        "restic-k8s-backup.timer has no time to run at",
      ],
      [
        "no service",
        () => rmSync(unit("restic-k8s-backup.service")),
        "the node has no restic-k8s-backup.service, which restic-k8s-backup.timer starts",
      ],
      [
        "an empty service",
        () => writeFileSync(unit("restic-k8s-backup.service"), ""),
        "restic-k8s-backup.service runs nothing",
      ],
      [
        "no script",
        () => rmSync(join(root, "usr/local/sbin/restic-k8s-backup.sh")),
        "restic-k8s-backup.service runs /usr/local/sbin/restic-k8s-backup.sh, which is not on the node",
      ],
    ];
    it("and start with the node's next boot", async () => {
      writeFileSync(
        unit("restic-host-backup.timer"),
        "[Timer]\nOnCalendar=*-*-* 03:40:00 UTC\nPersistent=true\n",
      );
      assert.deepEqual(await find(root), {
        status: "failed",
        evidence:
          "restic-host-backup.timer was never started, and waits for a reboot; on the node: systemctl start timers.target",
      });
      mkdirSync(join(root, "var/lib/systemd/timers"), { recursive: true });
      writeFileSync(join(root, "var/lib/systemd/timers/stamp-restic-host-backup.timer"), "");
      assert.equal((await find(root)).status, "proved");
    });

    for (const [what, break_, evidence] of broken) {
      it(`with ${what}`, async () => {
        break_();
        assert.deepEqual(await find(root), { status: "failed", evidence });
      });
    }
  });
});
